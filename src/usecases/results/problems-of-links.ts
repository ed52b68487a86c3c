import { normaliseCertificateNumber } from '../../domain/certificate-number.ts'
import type { PlainDate } from '../../domain/plain-date.ts'
import { type Problem, problem } from '../../domain/refusals.ts'
import type { Assignment } from '../../store/assignments.ts'
import type { Certificate } from '../../store/certificates.ts'
import type { Enterprise } from '../../store/enterprises.ts'
import type { Ending } from '../../store/results.ts'
import type { SchemeVersion } from '../../store/schemes.ts'
import type { CertificateInput, ResultInput } from './result-input.ts'
import type { Surroundings } from './surroundings.ts'

/** Where assignment, ending, scheme and number stand against what was posted. */
export function problemsOfLinks(
  input: ResultInput,
  enterprise: Enterprise | undefined,
  around: Surroundings,
): Problem[] {
  return [
    ...problemsOfAssignment(around.assignment, input, enterprise),
    ...problemsOfEnding(around.ending, input, enterprise),
    ...problemsOfScheme(input, around.scheme),
    ...problemsOfNumber(input, around),
    ...problemsOfSupplement(input, around.earlier?.certificate),
  ]
}

function problemsOfAssignment(
  assignment: Assignment | undefined,
  input: ResultInput,
  enterprise: Enterprise | undefined,
): Problem[] {
  if (!assignment) return []
  const at = (code: 'assignment_not_accepted' | 'assignment_differs', field = '') =>
    problem(code, 'assignmentId', { values: { field } })
  if (assignment.acceptedOn === null) return [at('assignment_not_accepted')]
  if (assignment.enterpriseId !== enterprise?.id) return [at('assignment_differs', '企业 / enterprise')]
  if (assignment.schemeCode !== input.scheme) return [at('assignment_differs', '方案 / scheme')]
  return assignment.family === input.family ? [] : [at('assignment_differs', '类别 / family')]
}

function problemsOfEnding(
  ending: Ending | undefined,
  input: ResultInput,
  enterprise: Enterprise | undefined,
): Problem[] {
  if (!ending) {
    return input.endingId === undefined
      ? []
      : [problem('not_found', 'endingId', { values: { what: ['认证结束记录', 'recorded ending'] } })]
  }
  if (ending.resultId !== null) return input.endingId === undefined ? [] : [problem('ending_settled', 'endingId')]
  const differs = ending.enterpriseId !== null && ending.enterpriseId !== enterprise?.id
  return differs ? [problem('ending_differs', 'endingId', { values: { field: ['企业', 'enterprise'] } })] : []
}

const schemeFields: Readonly<Record<string, (input: ResultInput) => unknown>> = {
  assignmentId: (input) => input.assignmentId,
  industryCode: (input) => input.industryCode,
  'enterprise.cityCode': (input) => input.enterprise.cityCode,
  'certificate.product.trademark': (input) => (input.certificate ? input.certificate.product.trademark : true),
  'certificate.certificationMode': (input) => (input.certificate ? input.certificate.certificationMode : true),
  'certificate.factory.address': (input) => (input.certificate ? input.certificate.factory.address : true),
}

/** The fields that a scheme may require beyond those of every result (R4, configurable). */
export const requirableFields: readonly string[] = Object.keys(schemeFields)

function problemsOfScheme(input: ResultInput, scheme: SchemeVersion): Problem[] {
  return scheme.requiredFields
    .filter((field) => schemeFields[field]?.(input) === undefined)
    .map((field) => problem('scheme_field_missing', field))
}

function problemsOfNumber(input: ResultInput, { sameNumber }: Surroundings): Problem[] {
  if (!input.certificate || input.kind === 'supplement') return []
  const { issuedOn, validFrom = issuedOn, number } = input.certificate
  const used = sameNumber.some((certificate) => certificate.validFrom === validFrom)
  return used ? [problem('certificate_number_used', 'certificate.number', { value: number })] : []
}

/** A supplement widens what a certificate covers; its number, its period and its family stay. */
function problemsOfSupplement(input: ResultInput, earlier: Certificate | undefined): Problem[] {
  if (input.kind !== 'supplement' || !input.certificate || !earlier) return []
  const { issuedOn, validFrom = earlier.validFrom } = input.certificate
  const problems = problemsOfPeriod(input.certificate, validFrom === issuedOn ? earlier.validFrom : validFrom, earlier)
  if (earlier.family === null || earlier.family === input.family) return problems
  return [
    ...problems,
    problem('certificate_differs', 'family', { value: input.family, values: { field: ['类别', 'family'] } }),
  ]
}

/** Where the number or the period reads otherwise than on the certificate. */
export function problemsOfPeriod(reads: CertificateInput, validFrom: PlainDate, certificate: Certificate): Problem[] {
  const { number, validUntil } = reads
  const differing: [string, boolean, readonly [string, string]][] = [
    ['certificate.number', normaliseCertificateNumber(number) !== certificate.number, ['编号', 'number']],
    ['certificate.validFrom', validFrom !== certificate.validFrom, ['起始日', 'first day']],
    ['certificate.validUntil', validUntil !== certificate.validUntil, ['截止日', 'last day']],
  ]
  return differing.flatMap(([path, differs, field]) =>
    differs ? [problem('certificate_differs', path, { values: { field } })] : [],
  )
}
