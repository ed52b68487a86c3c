import {
  suspensionGroundNames,
  suspensionGrounds,
  visitOutcomeNames,
  visitOutcomes,
} from '../../domain/surveillance.ts'
import { countAskedVisits, readVisits, type VisitView, visitsQuery } from '../../usecases/surveillance/read-visits.ts'
import {
  countAskedSuggestions,
  type SuggestionView,
  suggestionsQuery,
  suggestSuspensions,
} from '../../usecases/surveillance/suggest-suspensions.ts'
import { both, builder, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { enumOf } from './enums.ts'
import { memberOfRow } from './refs.ts'

const { said, maybe } = under('visits.read')

const VisitOutcomeEnum = enumOf(
  'VisitOutcome',
  both('监督检查的结论', 'How a visit came out'),
  visitOutcomes,
  visitOutcomeNames,
)
const SuspensionGroundEnum = enumOf(
  'SuspensionGround',
  both('建议考虑暂停的理由', 'Why a suspension is suggested'),
  suspensionGrounds,
  suspensionGroundNames,
)

const VisitRef = builder.objectRef<VisitView>('SurveillanceVisit').implement({
  description: both('一次监督检查', 'A visit to the holder of a certificate (R3)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    certificateId: t.exposeID('certificateId', said('证书编号', 'Id of the certificate')),
    memberId: t.exposeID('memberId', said('成员机构编号', 'Id of the member')),
    obligationId: t.exposeID('obligationId', maybe('所履行的监督义务', 'The surveillance that it met')),
    visitedOn: t.expose('visitedOn', { ...said('检查日', 'Day of the visit'), type: 'Day' }),
    outcome: t.expose('outcome', { ...said('结论', 'How it came out'), type: VisitOutcomeEnum }),
    correctionsDueOn: t.expose('correctionsDueOn', { ...maybe('整改期限', 'Corrections due by'), type: 'Day' }),
    summary: t.exposeString('summary', said('情况', 'What was found')),
    member: t.field(memberOfRow),
  }),
})

connectionField('surveillanceVisits', {
  said: said('监督检查，按日', 'Surveillance visits by day'),
  name: 'SurveillanceVisit',
  node: VisitRef,
  query: visitsQuery,
  filters: (arg) => ({
    memberId: arg.id({ description: both('成员机构编号', 'Id of a member') }),
    certificateId: arg.id({ description: both('证书编号', 'Id of a certificate') }),
    outcome: arg({ type: VisitOutcomeEnum, description: both('结论', 'How it came out') }),
    visitedFrom: arg({ type: 'Day', description: both('自该日起', 'From this day on') }),
    visitedUntil: arg({ type: 'Day', description: both('至该日止', 'Until this day') }),
  }),
  read: readVisits,
  count: countAskedVisits,
})

const SuggestionRef = builder.objectRef<SuggestionView>('SuspensionSuggestion').implement({
  description: both(
    '建议考虑暂停的证书；仅为建议，暂停由人作出',
    'A certificate that might be suspended. A suggestion only: a person suspends (R3)',
  ),
  fields: (t) => ({
    id: t.exposeID('id', said('所依据的义务或检查的编号', 'Id of the obligation or visit that is the ground')),
    ground: t.expose('ground', { ...said('理由', 'Ground'), type: SuspensionGroundEnum }),
    since: t.expose('since', { ...said('起于', 'Since'), type: 'Day' }),
    reasonCode: t.exposeString('reasonCode', said('暂停时可用的原因代码', 'Reason code that a suspension would give')),
    certificateId: t.exposeID('certificateId', said('证书编号', 'Id of the certificate')),
    memberId: t.exposeID('memberId', said('成员机构编号', 'Id of the member')),
    number: t.exposeString('number', said('证书号', 'Certificate number')),
    holderName: t.exposeString('holderName', said('持证人', 'Holder')),
    productName: t.exposeString('productName', said('产品', 'Product')),
    validUntil: t.expose('validUntil', { ...said('有效期至', 'Last day of validity'), type: 'Day' }),
    member: t.field(memberOfRow),
  }),
})

connectionField('suspensionSuggestions', {
  said: said('建议考虑暂停的证书，起于最早者在前', 'Suggested suspensions, the oldest ground first'),
  name: 'SuspensionSuggestion',
  node: SuggestionRef,
  query: suggestionsQuery,
  filters: (arg) => ({
    memberId: arg.id({ description: both('成员机构编号', 'Id of a member') }),
    on: arg({ type: 'Day', description: both('所问之日，缺省为今天', 'The day asked for; today where absent') }),
  }),
  read: suggestSuspensions,
  count: countAskedSuggestions,
})
