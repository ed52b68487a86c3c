import type { readAssignments } from '../../usecases/assignments/read-assignments.ts'
import type { CertificateView } from '../../usecases/certificates/certificate-view.ts'
import type { EnterpriseView } from '../../usecases/enterprises/read-enterprises.ts'
import type { MemberView } from '../../usecases/members/read-members.ts'
import type { ObligationView } from '../../usecases/obligations/obligation-view.ts'
import type { readResults } from '../../usecases/results/read-results.ts'
import { builder } from '../builder.ts'

/** The nouns, named before they are described: they refer to each other. */
export type AssignmentView = Awaited<ReturnType<typeof readAssignments>>['items'][number]
export type ResultView = Awaited<ReturnType<typeof readResults>>['items'][number]

export const MemberRef = builder.objectRef<MemberView>('Member')
export const EnterpriseRef = builder.objectRef<EnterpriseView>('Enterprise')
export const AssignmentRef = builder.objectRef<AssignmentView>('Assignment')
export const ResultRef = builder.objectRef<ResultView>('Result')
export const CertificateRef = builder.objectRef<CertificateView>('Certificate')
export const ObligationRef = builder.objectRef<ObligationView>('Obligation')
