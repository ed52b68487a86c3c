import { addDays, addMonths, earlierOf, laterOf, type PlainDate } from './plain-date.ts'

/**
 * The life of a certificate (N6, R4): its validity, its state on a day, and which moves are legal from which state.
 * Everything here is derived from dated facts; no state is stored.
 */
export const certificateStates = ['not_yet_valid', 'valid', 'suspended', 'withdrawn', 'cancelled', 'expired'] as const
export type CertificateState = (typeof certificateStates)[number]

export const certificateStateNames: Readonly<Record<CertificateState, readonly [zh: string, en: string]>> = {
  not_yet_valid: ['未生效', 'not yet valid'],
  valid: ['有效', 'valid'],
  suspended: ['暂停', 'suspended'],
  withdrawn: ['撤销', 'withdrawn'],
  cancelled: ['注销', 'cancelled'],
  expired: ['过期', 'expired'],
}

export type Suspension = {
  readonly fromOn: PlainDate
  /** The last day that was ordered. A suspension that passes it stays a suspension (R4). */
  readonly untilOn: PlainDate
  /** From this day the certificate is valid again; null while the suspension stands. */
  readonly liftedOn: PlainDate | null
}

export type CertificateFacts = {
  readonly validFrom: PlainDate
  readonly validUntil: PlainDate
  readonly endedOn: PlainDate | null
  readonly endedAs: 'withdrawn' | 'cancelled' | null
  readonly suspensions: readonly Suspension[]
}

/**
 * The state on a day. Both `validFrom` and `validUntil` are days of validity; a certificate withdrawn, cancelled or
 * suspended on a day is so from that day on; expiry wins over suspension (R4).
 */
export function certificateStateOn(certificate: CertificateFacts, on: PlainDate): CertificateState {
  if (certificate.endedOn !== null && certificate.endedAs !== null && certificate.endedOn <= on) {
    return certificate.endedAs
  }
  if (on < certificate.validFrom) return 'not_yet_valid'
  if (on > certificate.validUntil) return 'expired'
  return certificate.suspensions.some((suspension) => isSuspendedOn(suspension, on)) ? 'suspended' : 'valid'
}

function isSuspendedOn(suspension: Suspension, on: PlainDate): boolean {
  return suspension.fromOn <= on && (suspension.liftedOn === null || on < suspension.liftedOn)
}

/** The last day of a period of `months` that begins on `validFrom`: that day of a later month, less one (R4). */
export function usualValidUntil(validFrom: PlainDate, months: number): PlainDate {
  return addDays(addMonths(validFrom, months), -1)
}

export type ValidityVerdict = 'usual' | 'unusual' | 'too_long' | 'reversed'

export type Validity = { readonly issuedOn: PlainDate; readonly validFrom: PlainDate; readonly validUntil: PlainDate }

/**
 * Judges a printed validity (R4). An initial certificate issued on D may end on D + period − 1 day or D + period;
 * shorter is unusual, longer is refused, also when its first day is put off. A re-certification may count from the end
 * of the cycle that it renews.
 */
export function judgeValidity(
  validity: Validity,
  months: number,
  renewedUntil: PlainDate | null,
): { verdict: ValidityVerdict; expected: PlainDate; latest: PlainDate } {
  const { issuedOn, validFrom } = validity
  const expected = usualValidUntil(earlierOf(issuedOn, validFrom), months)
  const fromIssue = addMonths(issuedOn, months)
  const fromOldCycle = renewedUntil === null ? fromIssue : addMonths(renewedUntil, months)
  const latest = laterOf(fromIssue, fromOldCycle)
  const usual = [expected, addMonths(validFrom, months), usualValidUntil(issuedOn, months), fromIssue, fromOldCycle]
  return { verdict: verdictOn(validity, usual, latest), expected, latest }
}

function verdictOn(validity: Validity, usual: readonly PlainDate[], latest: PlainDate): ValidityVerdict {
  if (validity.validUntil < validity.validFrom) return 'reversed'
  if (validity.validUntil > latest) return 'too_long'
  return usual.includes(validity.validUntil) ? 'usual' : 'unusual'
}

/** What may happen to a certificate after it was issued. `supplement` comes with a result, the others by themselves. */
export const certificateActions = [
  'supplement',
  'restrict',
  'amend',
  'suspend',
  'reinstate',
  'withdraw',
  'cancel',
  'transfer',
  'renew',
] as const
export type CertificateAction = (typeof certificateActions)[number]

export const certificateActionNames: Readonly<Record<CertificateAction, readonly [zh: string, en: string]>> = {
  supplement: ['扩大范围', 'supplement'],
  restrict: ['缩小范围', 'restrict'],
  amend: ['变更', 'amend'],
  suspend: ['暂停', 'suspend'],
  reinstate: ['恢复', 'reinstate'],
  withdraw: ['撤销', 'withdraw'],
  cancel: ['注销', 'cancel'],
  transfer: ['转移', 'transfer'],
  renew: ['续证', 'renew'],
}

/** The table of legal moves (R4): from the state on the day of the action, which actions may be taken. */
export const legalMoves: Readonly<Record<CertificateState, readonly CertificateAction[]>> = {
  not_yet_valid: ['restrict', 'amend', 'withdraw', 'cancel', 'transfer'],
  valid: ['supplement', 'restrict', 'amend', 'suspend', 'withdraw', 'cancel', 'transfer', 'renew'],
  suspended: ['restrict', 'amend', 'reinstate', 'withdraw', 'cancel'],
  withdrawn: [],
  cancelled: [],
  expired: ['renew'],
}

export function mayTake(action: CertificateAction, state: CertificateState): boolean {
  return legalMoves[state].includes(action)
}

/** Actions that change the certificate's standing at the national regulator, and so must be reported (R3). */
export const reportableActions: readonly CertificateAction[] = [
  'suspend',
  'reinstate',
  'withdraw',
  'cancel',
  'transfer',
]

type Reason = { readonly code: string; readonly zh: string; readonly en: string }

/** The reasons that may be given, by action and for a refusal (R4). */
export const reasonCodes: Readonly<Record<CertificateAction | 'refuse' | 'issue', readonly Reason[]>> = {
  issue: [{ code: 'conforming', zh: '符合认证要求', en: 'requirements met' }],
  renew: [{ code: 'recertified', zh: '再认证符合要求', en: 're-certification, requirements met' }],
  refuse: [
    { code: 'nonconformity_open', zh: '不符合项未关闭', en: 'nonconformity not closed' },
    { code: 'standard_not_met', zh: '不符合标准要求', en: 'standard not met' },
    { code: 'test_failed', zh: '检验不合格', en: 'test failed' },
    { code: 'evidence_insufficient', zh: '证据不足', en: 'evidence insufficient' },
    { code: 'applicant_withdrew', zh: '企业撤回申请', en: 'applicant withdrew' },
    { code: 'other', zh: '其他', en: 'other' },
  ],
  supplement: [
    { code: 'models_added', zh: '增加型号', en: 'models added' },
    { code: 'site_added', zh: '增加场所', en: 'site added' },
    { code: 'standard_added', zh: '增加标准', en: 'standard added' },
  ],
  restrict: [
    { code: 'models_removed', zh: '减少型号', en: 'models removed' },
    { code: 'site_removed', zh: '减少场所', en: 'site removed' },
    { code: 'partial_nonconformity', zh: '部分不符合', en: 'part no longer conforms' },
  ],
  amend: [
    { code: 'holder_renamed', zh: '获证企业更名', en: 'holder renamed' },
    { code: 'address_changed', zh: '地址变更', en: 'address changed' },
    { code: 'standard_revised', zh: '标准换版', en: 'standard revised' },
    { code: 'typing_error', zh: '笔误更正', en: 'typing error' },
  ],
  suspend: [
    { code: 'surveillance_missed', zh: '未按期接受监督', en: 'surveillance missed' },
    { code: 'nonconformity', zh: '不持续符合要求', en: 'requirements no longer met' },
    { code: 'product_failed_check', zh: '监督抽查不合格', en: 'product failed a check' },
    { code: 'mark_misused', zh: '违规使用证书或标志', en: 'certificate or mark misused' },
    { code: 'holder_request', zh: '持证人申请', en: 'request of the holder' },
    { code: 'other', zh: '其他', en: 'other' },
  ],
  reinstate: [
    { code: 'cause_removed', zh: '原因消除', en: 'cause removed' },
    { code: 'appeal_upheld', zh: '申诉成立', en: 'appeal upheld' },
  ],
  withdraw: [
    { code: 'suspension_not_remedied', zh: '暂停期满未整改', en: 'suspension not remedied' },
    { code: 'serious_nonconformity', zh: '严重不符合', en: 'serious nonconformity' },
    { code: 'fraud', zh: '以欺骗等手段取得', en: 'obtained by fraud' },
    { code: 'safety_incident', zh: '发生质量安全事故', en: 'safety incident' },
    { code: 'surveillance_refused', zh: '拒绝监督', en: 'surveillance refused' },
    { code: 'other', zh: '其他', en: 'other' },
  ],
  cancel: [
    { code: 'holder_request', zh: '持证人申请', en: 'request of the holder' },
    { code: 'production_ended', zh: '停止生产或服务', en: 'production or service ended' },
    { code: 'holder_dissolved', zh: '持证人注销', en: 'holder dissolved' },
    { code: 'conditions_lapsed', zh: '条件不再具备', en: 'conditions lapsed' },
    { code: 'member_left', zh: '原机构退出', en: 'the member left' },
    { code: 'approval_revoked', zh: '原机构批准被撤销', en: 'the member’s approval was revoked' },
    { code: 'other', zh: '其他', en: 'other' },
  ],
  transfer: [
    { code: 'holder_choice', zh: '企业选择', en: 'choice of the holder' },
    { code: 'member_left', zh: '原机构退出', en: 'the member left' },
    { code: 'approval_revoked', zh: '原机构批准被撤销', en: 'the member’s approval was revoked' },
  ],
}

export function isReasonOf(action: CertificateAction | 'refuse' | 'issue', code: string): boolean {
  return reasonCodes[action].some((reason) => reason.code === code)
}

/** A reason in words; null for a code of no list. A transferred certificate is cancelled for that reason (R4). */
export function reasonName(code: string): readonly [zh: string, en: string] | null {
  if (code === 'transferred') return ['已转移至其他机构', 'transferred to another member']
  const reason = Object.values(reasonCodes)
    .flat()
    .find((candidate) => candidate.code === code)
  return reason ? [reason.zh, reason.en] : null
}
