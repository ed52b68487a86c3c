import { caseSourceNames, findingKindNames } from '../../domain/conduct.ts'
import type { ConductCase, Finding } from '../../store/conduct.ts'
import type { Db } from '../../store/database.ts'
import { findMember } from '../../store/members.ts'
import type { Context } from '../context.ts'
import { sayNotices } from '../notices/say-notices.ts'

/** The body is told that a case was opened, concluded or annulled, the secretariat that the body replied (R8). */
export async function tellOfCase(
  tx: Db,
  context: Context,
  { id, memberId, source, replyUntilOn }: ConductCase,
  stage: 'opened' | 'reply' | 'concluded' | 'annulled',
): Promise<void> {
  const member = await findMember(tx, memberId)
  await sayNotices(tx, context, [
    {
      kind: 'conduct_case',
      thing: id,
      stage,
      audiences: stage === 'reply' ? ['secretariat'] : ['member'],
      memberId,
      facts: {
        ...(member ? { member: member.name } : {}),
        subject: caseSourceNames[source].join(' / '),
        replyUntil: replyUntilOn,
      },
      onDay: context.today,
    },
  ])
}

/** The body is told that one finding of several was annulled (R8). */
export async function tellOfFinding(tx: Db, context: Context, { id, memberId, kind }: Finding): Promise<void> {
  const member = await findMember(tx, memberId)
  await sayNotices(tx, context, [
    {
      kind: 'conduct_case',
      thing: id,
      stage: 'finding_annulled',
      audiences: ['member'],
      memberId,
      facts: { ...(member ? { member: member.name } : {}), subject: findingKindNames[kind].join(' / ') },
      onDay: context.today,
    },
  ])
}
