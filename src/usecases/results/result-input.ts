import { z } from 'zod'
import type { CertificateContent } from '../../domain/certificate-content.ts'
import { resultKinds } from '../../domain/result.ts'
import { enterpriseInput } from '../enterprises/resolve-enterprise.ts'
import {
  certificateNumberInput,
  codeInput,
  dayInput,
  familyInput,
  idInput,
  industryInput,
  standardsInput,
  textInput,
} from '../inputs.ts'

/** What a certificate states (认证证书和认证标志管理办法 7), as a member sends it. */
export const certificateInput = z.strictObject({
  number: certificateNumberInput.meta({ examples: ['SL-2026-0001'] }),
  issuedOn: dayInput,
  validFrom: dayInput.optional().meta({ description: 'The first day of validity; the day of issue where absent.' }),
  validUntil: dayInput.meta({ description: 'The last day of validity, that day included (R4).' }),
  client: z.strictObject({ name: textInput(200), address: textInput(400).optional() }).optional(),
  product: z.strictObject({
    name: textInput(300),
    models: z.array(codeInput(200)).max(500).default([]),
    trademark: textInput(200).optional(),
    maker: textInput(200).optional(),
    makerAddress: textInput(400).optional(),
  }),
  factory: z.strictObject({ name: textInput(200).optional(), address: textInput(400).optional() }).default({}),
  standards: standardsInput.min(1),
  requirements: textInput(2_000).optional(),
  certificationMode: textInput(500).optional(),
})

export type CertificateInput = z.infer<typeof certificateInput>

export const resultInput = z.strictObject({
  kind: z.enum(resultKinds),
  memberId: idInput
    .optional()
    .meta({ description: 'Only for the secretariat, which posts for a member; a member posts for itself.' }),
  memberReference: codeInput(100).meta({
    description: 'The member’s own reference, unique within the member.',
    examples: ['SL-R-0001'],
  }),
  scheme: codeInput(64).default('jiangsu-premium'),
  assignmentId: idInput.optional(),
  endingId: idInput.optional().meta({ description: 'The recorded ending (R2) that this result answers.' }),
  enterprise: enterpriseInput,
  family: familyInput,
  industryCode: industryInput.optional(),
  productName: textInput(300).optional().meta({ description: 'For a refusal, which carries no certificate.' }),
  decidedOn: dayInput.meta({ description: 'The day of the certification decision: both clocks start from it (R2).' }),
  reasonCode: codeInput(64).optional(),
  reasonText: textInput(2_000).optional(),
  earlierCertificateId: idInput.optional().meta({ description: 'The certificate that is renewed or supplemented.' }),
  earlierCertificateNumber: certificateNumberInput.optional().meta({ description: 'The same, by its number.' }),
  certificate: certificateInput.optional(),
})

export type ResultInput = z.infer<typeof resultInput>

/** The stored content of a certificate from what was sent; `holder` stands in where the client is not named. */
export function contentOf(
  input: CertificateInput,
  issuingBody: string,
  holder: { name: string; address: string | null },
): CertificateContent {
  const { client, product, factory } = input
  return {
    numberAsPrinted: input.number.trim(),
    issuingBody,
    client: { name: client?.name ?? holder.name, address: client?.address ?? holder.address },
    product: {
      name: product.name,
      models: product.models,
      trademark: product.trademark ?? null,
      maker: product.maker ?? null,
      makerAddress: product.makerAddress ?? null,
    },
    factory: { name: factory.name ?? null, address: factory.address ?? null },
    standards: input.standards,
    requirements: input.requirements ?? null,
    certificationMode: input.certificationMode ?? null,
    further: {},
  }
}

/** What the result is about, in words. */
export function productNameOf(input: ResultInput): string {
  return input.certificate?.product.name ?? input.productName ?? input.enterprise.name
}
