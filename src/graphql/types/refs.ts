import type { readAssignments } from '../../usecases/assignments/read-assignments.ts'
import type { CertificateView } from '../../usecases/certificates/certificate-view.ts'
import type { EnterpriseView } from '../../usecases/enterprises/read-enterprises.ts'
import type { MemberView } from '../../usecases/members/read-members.ts'
import type { ObligationView } from '../../usecases/obligations/obligation-view.ts'
import type { readResults } from '../../usecases/results/read-results.ts'
import type { Asking } from '../asking.ts'
import { builder, under } from '../builder.ts'

/** The nouns, named before they are described: they refer to each other. */
export type AssignmentView = Awaited<ReturnType<typeof readAssignments>>['items'][number]
export type ResultView = Awaited<ReturnType<typeof readResults>>['items'][number]

export const MemberRef = builder.objectRef<MemberView>('Member')
export const EnterpriseRef = builder.objectRef<EnterpriseView>('Enterprise')
export const AssignmentRef = builder.objectRef<AssignmentView>('Assignment')
export const ResultRef = builder.objectRef<ResultView>('Result')
export const CertificateRef = builder.objectRef<CertificateView>('Certificate')
export const ObligationRef = builder.objectRef<ObligationView>('Obligation')

/** The member of a row: one load for all the rows of a request. */
export const memberOfRow = {
  ...under('members.read').maybe('成员机构', 'The member'),
  type: MemberRef,
  resolve: ({ memberId }: { memberId: string }, _: unknown, { loaders }: Asking) => loaders.member.load(memberId),
}

/** The enterprise of a row, where it has one. */
export const enterpriseOfRow = {
  ...under('enterprises.read').maybe('企业', 'The enterprise'),
  type: EnterpriseRef,
  resolve: ({ enterpriseId }: { enterpriseId: string | null }, _: unknown, { loaders }: Asking) =>
    enterpriseId === null ? null : loaders.enterprise.load(enterpriseId),
}
