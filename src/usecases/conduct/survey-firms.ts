import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { dayInShanghai } from '../../clock.ts'
import { addDays } from '../../domain/plain-date.ts'
import { refuse } from '../../domain/refusals.ts'
import { blockOf, halfYearOf, type SurveyFigures, surveyFigures } from '../../domain/survey.ts'
import { findCertificate } from '../../store/certificates.ts'
import { record } from '../../store/events.ts'
import { findMember } from '../../store/members.ts'
import {
  answersOf,
  claimAnswersOf,
  insertAnswer,
  isAskedSince,
  putSurveyLink,
  useSurveyLink,
} from '../../store/survey.ts'
import { newSecret, sha256OfSecret } from '../accounts/secret.ts'
import { authorise, type Context, confinedTo, type Registry } from '../context.ts'

const yes = z.boolean()
export const surveyAnswerInput = z.strictObject({
  token: z.string().min(20).max(100),
  bundling: yes,
  paidConsulting: yes,
  pressure: yes,
  otherCost: yes,
})

/**
 * A firm is asked about one body once in so many days, and answers within so many: so no firm stands twice among the
 * answers of a half-year, however many certificates it has.
 */
const askedAgainDays = 365
const linkDays = 90

export const surveyPeriodQuery = z.strictObject({
  period: z
    .string()
    .regex(/^\d{4}-H[12]$/, 'a half-year such as 2026-H2')
    .optional(),
})

/**
 * Makes the one link by which the holder of a certificate answers; its token is shown once, and a new one takes its place
 * until it is used (N6). @throws Refusal
 */
export async function makeSurveyLink(registry: Registry, context: Context, certificateId: string) {
  authorise(context, 'surveys.send')
  const token = newSecret()
  return registry.db.transaction(async (tx) => {
    const found = await findCertificate(tx, certificateId)
    if (!found) throw refuse('not_found', 'id', { values: { what: ['证书', 'certificate'] } })
    const { memberId, enterpriseId } = found.certificate
    await claimAnswersOf(tx, memberId)
    if (await isAskedSince(tx, { memberId, enterpriseId, certificateId }, addDays(context.today, -askedAgainDays)))
      throw refuse('survey_firm_asked', 'id')
    const by = { recordedAt: context.now, recordedBy: context.actor.id }
    const link = { certificateId, memberId, tokenSha256: sha256OfSecret(token), issuedOn: context.today, ...by }
    if (!(await putSurveyLink(tx, link))) throw refuse('survey_link_made')
    await record(tx, context, {
      // Not of the certificate: its body reads the history of that, and must not learn which firms are asked.
      action: 'survey.link_made',
      entity: 'survey_link',
      entityId: certificateId,
      onDay: context.today,
    })
    return { token }
  })
}

/**
 * A firm answers, without sign-in and once. The answer is written apart from the link: no instant, no entry in the log,
 * nothing that leads back to the firm (N6). @throws Refusal
 */
export async function answerSurvey(
  registry: Registry,
  { token, ...answers }: z.infer<typeof surveyAnswerInput>,
): Promise<void> {
  const today = dayInShanghai(registry.clock.now())
  const period = halfYearOf(today)
  await registry.db.transaction(async (tx) => {
    const memberId = await useSurveyLink(tx, sha256OfSecret(token), addDays(today, -linkDays))
    if (memberId === undefined) throw refuse('survey_link_unknown', 'token')
    await claimAnswersOf(tx, memberId)
    const block = blockOf((await answersOf(tx, memberId, period)).length)
    // A random id: one with the time in it would tell when the firm answered.
    await insertAnswer(tx, { id: randomUUID(), memberId, period, block, ...answers })
  })
}

/** What firms answered about a body in a half-year, from five answers on (N6). A member sees its own. @throws Refusal */
export async function readSurvey(
  registry: Registry,
  context: Context,
  memberId: string,
  { period = halfYearOf(context.today) }: z.infer<typeof surveyPeriodQuery>,
): Promise<SurveyFigures> {
  const own = confinedTo(context, 'surveys.read')
  if (own !== null && own !== memberId) throw refuse('not_found', 'id', { values: { what: ['成员机构', 'member'] } })
  if (!(await findMember(registry.lists, memberId)))
    throw refuse('not_found', 'id', { values: { what: ['成员机构', 'member'] } })
  return surveyFigures(period, await answersOf(registry.lists, memberId, period))
}
