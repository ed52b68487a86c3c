import {
  type CertificatePart,
  certificateColumns,
  certificatesQuery,
  certificatesWriter,
  countAskedCertificates,
  readCertificate,
  readCertificates,
} from '../../usecases/certificates/read-certificates.ts'
import { both, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { singleField } from '../single-fields.ts'
import { CertificateContent, CertificateEvent, Suspension } from './certificate-parts.ts'
import { CertificateActionEnum, CertificateStateEnum, FamilyEnum } from './enums.ts'
import { CertificateRef, enterpriseOfRow, memberOfRow, ObligationRef } from './refs.ts'

const { said, maybe } = under('certificates.read')

CertificateRef.implement({
  description: both(
    '认证证书，按 on 所问之日；附于他行时按今天',
    'A certificate, as it stands on the day asked for with `on`; reached from another row, today (R4)',
  ),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    schemeCode: t.exposeString('schemeCode', said('认证方案', 'Scheme')),
    memberId: t.exposeID('memberId', said('成员机构编号', 'Id of the member')),
    enterpriseId: t.exposeID('enterpriseId', said('企业编号', 'Id of the enterprise')),
    number: t.exposeString('number', said('证书编号（规范形式）', 'Certificate number, normalised')),
    holderName: t.exposeString('holderName', said('持有人', 'Holder')),
    productName: t.exposeString('productName', said('产品或服务名称', 'Product or service')),
    family: t.expose('family' as never, { ...maybe('产品大类', 'Product family'), type: FamilyEnum }),
    industryCode: t.exposeString('industryCode', maybe('行业代码', 'Industry code (GB/T 4754)')),
    cityCode: t.exposeString('cityCode', maybe('设区市', 'City (GB/T 2260)')),
    state: t.expose('state', { ...said('状态', 'State'), type: CertificateStateEnum }),
    decidedOn: t.expose('decidedOn', { ...maybe('认证决定日', 'Day of the decision'), type: 'Day' }),
    issuedOn: t.expose('issuedOn', { ...maybe('发证日', 'Day of issue'), type: 'Day' }),
    validFrom: t.expose('validFrom', { ...said('有效期起', 'First day of validity'), type: 'Day' }),
    validUntil: t.expose('validUntil', {
      ...said('有效期止（含当日）', 'Last day of validity, included'),
      type: 'Day',
    }),
    endedOn: t.expose('endedOn', { ...maybe('终止之日', 'Day on which it ended early'), type: 'Day' }),
    endedAs: t.exposeString('endedAs', maybe('withdrawn 撤销，cancelled 注销', 'withdrawn or cancelled')),
    endedReason: t.exposeString('endedReason', maybe('终止理由代码', 'Reason code of the ending')),
    suspensions: t.expose('suspensions' as never, { ...said('暂停', 'Suspensions'), type: [Suspension] as never }),
    renewsId: t.exposeID('renewsId', maybe('所续的证书', 'The certificate that it renews')),
    transferredFromId: t.exposeID('transferredFromId', maybe('转移前的证书', 'The certificate that it took over')),
    version: t.exposeInt('version', said('版本', 'Version')),
    origin: t.exposeString('origin', said('来源', 'Where it comes from: posted, or the opening balance')),
    importId: t.exposeID('importId', maybe('导入编号', 'Id of the import')),
    actionsAllowed: t.expose('actionsAllowed' as never, {
      ...said('可作的处理', 'What may be done with it'),
      type: [CertificateActionEnum] as never,
    }),
    content: t.expose('content', { ...said('证书所载内容', 'What it states, as printed'), type: CertificateContent }),
    recordedAt: t.expose('recordedAt', { ...said('登记时刻', 'When it was recorded'), type: 'Instant' }),
    versionRecordedAt: t.expose('versionRecordedAt', {
      ...said('本版本登记时刻', 'When this version was recorded'),
      type: 'Instant',
    }),
    events: t.field({
      ...said('历次处理', 'What was done to it, by day'),
      type: [CertificateEvent],
      resolve: async ({ id }, _, { loaders }) => (await loaders.certificateEvents.load(id)) ?? [],
    }),
    member: t.field(memberOfRow),
    enterprise: t.field(enterpriseOfRow),
    obligations: t.field({
      ...under('obligations.read').said('由此产生的义务', 'What follows from it'),
      type: [ObligationRef],
      resolve: async ({ id }, _, { loaders }) => (await loaders.obligationsOfCertificate.load(id)) ?? [],
    }),
  }),
})

connectionField('certificates', {
  said: said('证书，按有效期止', 'Certificates by their last day'),
  name: 'Certificate',
  node: CertificateRef,
  query: certificatesQuery,
  filters: (arg) => ({
    on: arg({ type: 'Day', description: both('所问之日，缺省为今天', 'The day asked for; today where absent') }),
    state: arg({ type: CertificateStateEnum, description: both('该日的状态', 'State on that day') }),
    expiringWithinDays: arg.int({
      description: both('多少天内到期', 'Valid or suspended on that day, and ending within so many days'),
    }),
    memberId: arg.id({ description: both('成员机构编号', 'Id of a member') }),
    enterpriseId: arg.id({ description: both('企业编号', 'Id of an enterprise') }),
    scheme: arg.string({ description: both('认证方案', 'Scheme') }),
    number: arg.string({ description: both('证书编号', 'Certificate number, in any form') }),
    cityCode: arg.string({ description: both('设区市，县区代表其市', 'City; a county stands for its city') }),
    family: arg({ type: FamilyEnum, description: both('产品大类', 'Product family') }),
  }),
  read: readCertificates,
  count: countAskedCertificates,
  writing: {
    columns: certificateColumns.filter((name) => name !== 'content'),
    derived: ['state', 'suspensions', 'actionsAllowed', 'content'],
    writer: (parts, derived) => certificatesWriter(parts as readonly CertificatePart[], derived.includes('content')),
  },
})

singleField('certificate', {
  said: said('一张证书', 'One certificate'),
  node: CertificateRef,
  isOfDay: true,
  read: readCertificate,
})
