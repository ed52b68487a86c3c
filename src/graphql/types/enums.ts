import { type Role, roles } from '../../domain/access.ts'
import {
  certificateActionNames,
  certificateActions,
  certificateStateNames,
  certificateStates,
} from '../../domain/certificate.ts'
import { families } from '../../domain/families.ts'
import { duties, dutyNames, obligationStateNames, obligationStates } from '../../domain/obligation.ts'
import { resultKinds } from '../../domain/result.ts'
import { standings } from '../../domain/standing.ts'
import { both, builder } from '../builder.ts'

/** The closed lists of the domain, with the names that the domain gives them. */
type Names<Value extends string> = Readonly<Record<Value, readonly [zh: string, en: string]>>

export function enumOf<Value extends string>(
  name: string,
  description: string,
  values: readonly Value[],
  names: Names<Value>,
) {
  const entries = values.map((value) => [value, { value, description: both(names[value][0], names[value][1]) }])
  return builder.enumType(name, {
    description,
    values: Object.fromEntries(entries) as Record<Value, { value: Value; description: string }>,
  })
}

export const DutyEnum = enumOf('Duty', both('报送义务种类', 'What is owed'), duties, dutyNames)
export const ObligationStateEnum = enumOf(
  'ObligationState',
  both('义务在某日的状态', 'How an obligation stands on a day'),
  obligationStates,
  obligationStateNames,
)
export const CertificateStateEnum = enumOf(
  'CertificateState',
  both('证书在某日的状态', 'How a certificate stands on a day'),
  certificateStates,
  certificateStateNames,
)
export const CertificateActionEnum = enumOf(
  'CertificateAction',
  both('对证书的处理', 'What is done to a certificate'),
  certificateActions,
  certificateActionNames,
)
export const StandingEnum = enumOf('Standing', both('成员状态', 'Standing of a member'), standings, {
  candidate: ['候选', 'candidate'],
  admitted: ['正常', 'admitted'],
  rectifying: ['限期整改', 'rectifying'],
  suspended: ['暂停', 'suspended'],
  removed: ['退出', 'removed'],
})
export const ResultKindEnum = enumOf('ResultKind', both('认证结果种类', 'Kind of a result'), resultKinds, {
  issue: ['颁证', 'issue'],
  renew: ['续证', 'renew'],
  supplement: ['扩大范围', 'supplement'],
  refuse: ['不予认证', 'refuse'],
})
export const FamilyEnum = enumOf(
  'Family',
  both('产品大类', 'Product family'),
  families.map(({ code }) => code),
  {
    agriculture: ['农产', 'agriculture'],
    manufacturing: ['制造', 'manufacturing'],
    services: ['服务', 'services'],
    construction: ['建造', 'construction'],
  },
)
export const AssignmentAnswerEnum = enumOf(
  'AssignmentAnswer',
  both('对认证任务的答复', 'How an assignment was answered'),
  ['waiting', 'accepted', 'declined', 'returned', 'stranded'],
  {
    waiting: ['待答复', 'waiting'],
    accepted: ['已接受', 'accepted'],
    declined: ['已谢绝', 'declined'],
    returned: ['已谢绝、待改派', 'declined, and not given to another yet'],
    stranded: ['机构暂停或退出、待改派', 'of a body that was suspended or removed, and not given to another yet'],
  },
)
export const ApprovalFilterEnum = enumOf(
  'ApprovalFilter',
  both('按更正的批准情况筛选', 'Corrections by their approval'),
  ['pending'],
  { pending: ['待批准', 'waiting for the secretariat'] },
)
export const RoleEnum = enumOf<Role>('Role', both('角色', 'Role'), roles, {
  secretariat: ['秘书处', 'secretariat'],
  member: ['成员机构', 'member body'],
  regulator: ['监管部门', 'regulator'],
  office: ['省质量发展委员会办公室', 'provincial quality office'],
  city_office: ['设区市主管部门', 'city office'],
  standards_institute: ['标准化技术机构', 'standards institute'],
  administrator: ['系统管理员', 'administrator'],
  monitor: ['运行监控', 'monitor'],
})
export const ReachEnum = enumOf('Reach', both('可及范围', 'How far a permission reaches'), ['all', 'own', 'none'], {
  all: ['全部', 'every row'],
  own: ['本机构', 'the rows of one’s own body'],
  none: ['不允许', 'nothing'],
})
