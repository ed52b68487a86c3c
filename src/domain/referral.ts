/** How the provincial bureau answers a referral (N7, R8). */
export const referralOutcomes = ['case_opened', 'penalty_imposed', 'no_action', 'passed_on'] as const
export type ReferralOutcome = (typeof referralOutcomes)[number]
