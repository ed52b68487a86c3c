import { caseSourceNames } from '../../domain/conduct.ts'
import type { ConductCase } from '../../store/conduct.ts'
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
