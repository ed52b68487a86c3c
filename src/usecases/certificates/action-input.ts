import { z } from 'zod'
import type { DispositionReason } from '../../domain/disposition.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { codeInput, dayInput, standardsInput, textInput } from '../inputs.ts'

/** What an amendment or a restriction may set anew; what is absent stays. */
const contentChanges = z.strictObject({
  client: z.strictObject({ name: textInput(200).optional(), address: textInput(400).optional() }).optional(),
  product: z
    .strictObject({
      name: textInput(300).optional(),
      models: z.array(codeInput(200)).max(500).optional(),
      trademark: textInput(200).optional(),
      maker: textInput(200).optional(),
      makerAddress: textInput(400).optional(),
    })
    .optional(),
  factory: z.strictObject({ name: textInput(200).optional(), address: textInput(400).optional() }).optional(),
  standards: standardsInput.min(1).optional(),
  requirements: textInput(2_000).optional(),
  certificationMode: textInput(500).optional(),
})

const common = { on: dayInput, reasonCode: codeInput(64), reasonText: textInput(2_000).optional() }

/** An action on a certificate (R4): each kind with just the fields that it needs. A transfer needs its receiver’s consent. */
export const actionInput = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('restrict'), ...common, changes: contentChanges }),
  z.strictObject({ action: z.literal('amend'), ...common, changes: contentChanges }),
  z.strictObject({ action: z.literal('suspend'), ...common, untilOn: dayInput }),
  z.strictObject({ action: z.literal('reinstate'), ...common }),
  z.strictObject({ action: z.literal('withdraw'), ...common }),
  z.strictObject({ action: z.literal('cancel'), ...common }),
])

export type ActionInput = z.infer<typeof actionInput>

/** A transfer that the receiving body accepted: nobody takes it by hand, it comes of a disposition (R4). */
export type AcceptedTransfer = {
  readonly action: 'transfer'
  readonly on: PlainDate
  readonly reasonCode: DispositionReason
  readonly reasonText?: string
  readonly toMemberId: string
  readonly newNumber: string
}
export type ContentChanges = z.infer<typeof contentChanges>
