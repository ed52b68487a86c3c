import { dispositionKinds, dispositionStateNames, dispositionStates } from '../../domain/disposition.ts'
import {
  type LeftCertificate,
  readDispositions,
  readWorkList,
  workListQuery,
} from '../../usecases/dispositions/read-dispositions.ts'
import { memberQuery } from '../../usecases/inputs.ts'
import { both, builder, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { enumOf } from './enums.ts'
import { memberOfRow } from './refs.ts'

const { said, maybe } = under('dispositions.read')

type Disposition = Awaited<ReturnType<typeof readDispositions>>['items'][number]

const KindEnum = enumOf('DispositionKind', both('如何处理', 'What becomes of a certificate'), dispositionKinds, {
  keep: ['保留至到期', 'kept until it expires'],
  transfer: ['转移', 'transferred'],
  cancel: ['注销', 'cancelled'],
})
const StateEnum = enumOf(
  'DispositionState',
  both('处理进度', 'How it stands with a certificate'),
  dispositionStates,
  dispositionStateNames,
)

const DispositionRef = builder.objectRef<Disposition>('Disposition').implement({
  description: both('对退出机构一张证书的处理', 'What was decided of a certificate whose body leaves (R4, R8)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    certificateId: t.exposeID('certificateId', said('证书编号', 'Id of the certificate')),
    memberId: t.exposeID('memberId', said('退出的机构编号', 'Id of the body that leaves')),
    kind: t.expose('kind', { ...said('处理', 'What'), type: KindEnum }),
    toMemberId: t.exposeID('toMemberId', maybe('接收机构编号', 'Id of the body that is to receive it')),
    words: t.exposeString('words', said('说明', 'In words')),
    decidedOn: t.expose('decidedOn', { ...said('决定日', 'Decided on'), type: 'Day' }),
    answer: t.exposeString('answer', maybe('接收机构的答复', 'Answer of the receiver: accepted or declined')),
    answeredOn: t.expose('answeredOn', { ...maybe('答复日', 'Answered on'), type: 'Day' }),
    successorId: t.exposeID('successorId', maybe('新证书编号', 'Id of the new certificate')),
    member: t.field(memberOfRow),
  }),
})

connectionField('dispositions', {
  said: said('对退出机构证书的处理，按决定日', 'What was decided, by day'),
  name: 'Disposition',
  node: DispositionRef,
  query: workListQuery,
  filters: () => ({}),
  read: readDispositions,
})

const LeftRef = builder.objectRef<LeftCertificate>('LeftCertificate').implement({
  description: both('退出机构的一张有效证书', 'A live certificate of a body that leaves'),
  fields: (t) => ({
    certificateId: t.exposeID('certificateId', said('证书编号', 'Id of the certificate')),
    number: t.exposeString('number', said('证书号', 'Certificate number')),
    holderName: t.exposeString('holderName', said('持证人', 'Holder')),
    productName: t.exposeString('productName', said('产品', 'Product')),
    validUntil: t.exposeString('validUntil', said('有效期至', 'Last day of validity')),
    state: t.expose('state', { ...said('处理进度', 'How it stands'), type: StateEnum }),
    disposition: t.expose('disposition', { ...maybe('现行处理', 'What was decided last'), type: DispositionRef }),
  }),
})

connectionField('leftCertificates', {
  said: said('退出机构的有效证书，按有效期', 'The work list of a body that leaves, by last day'),
  name: 'LeftCertificate',
  node: LeftRef,
  query: workListQuery.extend(memberQuery.shape),
  filters: (arg) => ({ memberId: arg.id({ required: true, description: both('成员机构编号', 'Id of a member') }) }),
  read: (registry, context, { memberId, ...page }) => readWorkList(registry, context, memberId, page),
})
