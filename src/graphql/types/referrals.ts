import { referralOutcomes } from '../../domain/referral.ts'
import { type ReferralView, readReferrals, referralsQuery } from '../../usecases/evidence/manage-referrals.ts'
import { both, builder, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { enumOf } from './enums.ts'
import { memberOfRow } from './refs.ts'

const { said, maybe } = under('referrals.read')

const OutcomeEnum = enumOf('ReferralOutcome', both('省局的答复', 'How the bureau answered'), referralOutcomes, {
  case_opened: ['已立案', 'a case was opened'],
  penalty_imposed: ['已处罚', 'a penalty was imposed'],
  no_action: ['不予处理', 'no action'],
  passed_on: ['已转办', 'passed on'],
})

const ReferralRef = builder.objectRef<ReferralView>('Referral').implement({
  description: both('移送省局的事项；材料用 REST', 'What was referred to the provincial bureau; its pack by REST (N7)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    memberId: t.exposeID('memberId', said('成员机构编号', 'Id of the member')),
    obligationId: t.exposeID('obligationId', maybe('义务编号', 'Id of the obligation')),
    findingId: t.exposeID('findingId', maybe('问题编号', 'Id of the finding')),
    fromOn: t.expose('fromOn', { ...maybe('期间起', 'First day of the period'), type: 'Day' }),
    untilOn: t.expose('untilOn', { ...maybe('期间止', 'Last day of the period'), type: 'Day' }),
    words: t.exposeString('words', said('说明', 'In words')),
    packSha256: t.exposeString('packSha256', said('材料的 SHA-256', 'SHA-256 of the pack')),
    referredOn: t.expose('referredOn', { ...said('移送日', 'Referred on'), type: 'Day' }),
    outcome: t.field({
      ...maybe('答复', 'How it was answered'),
      type: OutcomeEnum,
      resolve: ({ answer }) => answer?.outcome ?? null,
    }),
    answeredOn: t.field({
      ...maybe('答复日', 'Answered on'),
      type: 'Day',
      resolve: ({ answer }) => answer?.answeredOn ?? null,
    }),
    member: t.field(memberOfRow),
  }),
})

connectionField('referrals', {
  said: said('移送登记，按移送日', 'The register of referrals, by day'),
  name: 'Referral',
  node: ReferralRef,
  query: referralsQuery,
  filters: (arg) => ({ memberId: arg.id({ description: both('成员机构编号', 'Id of a member') }) }),
  read: readReferrals,
})
