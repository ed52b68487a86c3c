/** The GraphQL documents of the bench: all plain fields of a row, as the lists of REST have them. */

const certificate = `
  id schemeCode memberId enterpriseId number holderName productName family industryCode cityCode state decidedOn issuedOn
  validFrom validUntil endedOn endedAs endedReason renewsId transferredFromId version origin importId actionsAllowed
  recordedAt versionRecordedAt
  suspensions { fromOn untilOn liftedOn }
  content {
    numberAsPrinted issuingBody standards requirements certificationMode
    client { name address }
    product { name models trademark maker makerAddress }
    factory { name address }
    further { name text }
  }`

const pageInfo = 'pageInfo { hasNextPage endCursor }'

const overdue = `query Overdue($first: Int!, $dueAfter: Day!) {
  obligations(first: $first, state: overdue, dueAfter: $dueAfter) {
    nodes {
      id duty memberId enterpriseId resultId certificateId assignmentId endingId cityCode subject openedOn eventOn dueOn
      provisional ruleVersion calendarVersion metOn contested waivedOn waivedGround recordedAt state
      lateness { calendarDays workingDays }
    }
    ${pageInfo}
  }
}`

const expiring = `query Expiring($first: Int!, $on: Day!, $expiringWithinDays: Int!) {
  certificates(first: $first, on: $on, expiringWithinDays: $expiringWithinDays) {
    nodes { ${certificate} }
    ${pageInfo}
  }
}`

const figures = `
  liveCertificates suspendedCertificates expiring30 expiring90 expiring180 results12Months open dueSoon overdue
  onTimeToCnca onTimeToSecretariat lateToCnca contestedToCnca`
  .trim()
  .split(/\s+/)
  .map((figure) => `${figure} { value numerator denominator asOf }`)

const members = `query Members($first: Int!, $latest: Int!) {
  members(first: $first) {
    nodes {
      id name nameEn approvalNumber approvalUntilOn creditCode origin standing recordedAt
      figures { ${figures.join(' ')} }
      latestCertificates(first: $latest) { ${certificate} }
    }
    ${pageInfo}
  }
}`

export const documents = { Overdue: overdue, Expiring: expiring, Members: members }
