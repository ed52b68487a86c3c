import { casesUnderWay, effectsOf, type StandingEffects } from '../../domain/standing.ts'
import { latestCertificatesMax } from '../../usecases/dashboards/read-latest-certificates.ts'
import { countAskedMembers, membersQuery, readMember, readMembers } from '../../usecases/members/read-members.ts'
import type { MemberDetails, MemberFate } from '../../usecases/members/read-members-by-id.ts'
import { pageSize } from '../arguments.ts'
import { both, builder, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { singleField } from '../single-fields.ts'
import { enumOf, FamilyEnum, StandingEnum } from './enums.ts'
import { FiguresType } from './figures.ts'
import { CertificateRef, MemberRef } from './refs.ts'

const { said, maybe } = under('members.read')
const latestUsual = 10
const recorded = said('登记时刻', 'When it was recorded')

const StandingEntry = builder.objectRef<MemberDetails['standings'][number]>('StandingEntry').implement({
  description: both('成员状态的一次变动', 'One move of the standing'),
  fields: (t) => ({
    standing: t.expose('standing', { ...said('状态', 'Standing'), type: StandingEnum }),
    fromOn: t.expose('fromOn', { ...said('自何日起', 'From this day on'), type: 'Day' }),
    reason: t.exposeString('reason', said('理由', 'Reason')),
    decidedBy: t.exposeString('decidedBy', said('决定者', 'Who decided')),
    recordedAt: t.expose('recordedAt', { ...recorded, type: 'Instant' }),
  }),
})

const Scope = builder.objectRef<MemberDetails['scopes'][number]>('Scope').implement({
  description: both('业务范围', 'What a member is competent for'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    family: t.expose('family' as never, { ...said('产品大类', 'Product family'), type: FamilyEnum }),
    industryCode: t.exposeString('industryCode', maybe('行业代码', 'Industry code, or the whole family')),
    description: t.exposeString('description', said('说明', 'In words')),
    holds: t.exposeBoolean('holds', said('今天是否有效', 'Whether it holds today')),
    fromOn: t.expose('fromOn', { ...said('自何日起', 'First day'), type: 'Day' }),
    untilOn: t.expose('untilOn', { ...maybe('至何日止', 'Last day'), type: 'Day' }),
    recordedAt: t.expose('recordedAt', { ...recorded, type: 'Instant' }),
  }),
})

const Unit = builder.objectRef<MemberDetails['units'][number]>('ExecutingUnit').implement({
  description: both('执行机构（分公司、分中心）', 'A branch that does the work'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    name: t.exposeString('name', said('名称', 'Name')),
    creditCode: t.exposeString('creditCode', maybe('统一社会信用代码', 'Unified social credit code')),
    cityCode: t.exposeString('cityCode', maybe('设区市', 'City (GB/T 2260)')),
    address: t.exposeString('address', maybe('地址', 'Address')),
    fromOn: t.expose('fromOn', { ...said('自何日起', 'First day'), type: 'Day' }),
    untilOn: t.expose('untilOn', { ...maybe('至何日止', 'Last day'), type: 'Day' }),
    recordedAt: t.expose('recordedAt', { ...recorded, type: 'Instant' }),
  }),
})

const Contact = builder.objectRef<MemberDetails['contacts'][number]>('Contact').implement({
  description: both('联系人', 'Whom to turn to'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    name: t.exposeString('name', said('姓名', 'Name')),
    duty: t.exposeString('duty', maybe('职务', 'What for')),
    phone: t.exposeString('phone', maybe('电话', 'Telephone')),
    email: t.exposeString('email', maybe('电子邮件', 'E-mail')),
    fromOn: t.expose('fromOn', { ...said('自何日起', 'First day'), type: 'Day' }),
    untilOn: t.expose('untilOn', { ...maybe('至何日止', 'Last day'), type: 'Day' }),
    recordedAt: t.expose('recordedAt', { ...recorded, type: 'Instant' }),
  }),
})

const MemberName = builder.objectRef<MemberDetails['names'][number]>('MemberName').implement({
  description: both('曾用名称与写法', 'A name under which the body was met'),
  fields: (t) => ({
    name: t.exposeString('name', said('名称', 'Name')),
    fromOn: t.expose('fromOn', { ...maybe('自何日起', 'From this day on'), type: 'Day' }),
    recordedAt: t.expose('recordedAt', { ...recorded, type: 'Instant' }),
  }),
})

const ApprovalNumber = builder.objectRef<MemberFate['approvalNumbers'][number]>('ApprovalNumber').implement({
  description: both('曾用批准号', 'An approval number that the body has or had'),
  fields: (t) => ({
    approvalNumber: t.exposeString('approvalNumber', said('批准号', 'Number')),
    fromOn: t.expose('fromOn', { ...maybe('自何日起', 'From this day on'), type: 'Day' }),
    recordedAt: t.expose('recordedAt', { ...recorded, type: 'Instant' }),
  }),
})

const Merger = builder.objectRef<NonNullable<MemberFate['merger']>>('Merger').implement({
  description: both('并入另一机构', 'Into which body this one was merged'),
  fields: (t) => ({
    intoMemberId: t.exposeID('intoMemberId', said('并入机构', 'The other body')),
    intoName: t.exposeString('intoName', said('并入机构名称', 'Its name')),
    mergedOn: t.expose('mergedOn', { ...said('合并日', 'Day'), type: 'Day' }),
    document: t.exposeString('document', said('文件', 'Document')),
  }),
})

const ApprovalRevocation = builder
  .objectRef<NonNullable<MemberFate['approvalRevocation']>>('ApprovalRevocation')
  .implement({
    description: both('批准被撤销', 'That CNCA revoked the approval'),
    fields: (t) => ({
      revokedOn: t.expose('revokedOn', { ...said('撤销日', 'Day'), type: 'Day' }),
      ground: t.exposeString('ground', said('依据', 'Document, and why')),
      recordedAt: t.expose('recordedAt', { ...recorded, type: 'Instant' }),
    }),
  })

const CasesUnderWayEnum = enumOf('CasesUnderWay', both('在办任务', 'Cases under way'), casesUnderWay, {
  go_on: ['继续办理', 'they go on'],
  back_to_desk: ['可改派', 'the desk may give them to another'],
})

const Effects = builder.objectRef<StandingEffects>('StandingEffects').implement({
  description: both('成员状态的效力', 'What follows from a standing (R8)'),
  fields: (t) => ({
    mayBeAssigned: t.exposeBoolean('mayBeAssigned', said('可否接受任务', 'Whether cases may be given to it')),
    mayIssue: t.exposeBoolean('mayIssue', said('可否颁证', 'Whether it may issue')),
    mayDecide: t.exposeBoolean('mayDecide', said('可否作出认证决定', 'Whether it may decide at all')),
    casesUnderWay: t.expose('casesUnderWay', { ...said('在办任务', 'Cases under way'), type: CasesUnderWayEnum }),
    surveillanceGoesOn: t.exposeBoolean(
      'surveillanceGoesOn',
      said('年度监督是否继续', 'Whether its live certificates are to be visited'),
    ),
  }),
})

MemberRef.implement({
  description: both('成员机构', 'A certification body of the alliance (N1)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    name: t.exposeString('name', said('名称', 'Name')),
    nameEn: t.exposeString('nameEn', maybe('英文名称', 'English name')),
    approvalNumber: t.exposeString('approvalNumber', maybe('认监委批准号', 'CNCA approval number')),
    approvalUntilOn: t.expose('approvalUntilOn', { ...maybe('批准有效期至', 'Last day of the approval'), type: 'Day' }),
    creditCode: t.exposeString('creditCode', maybe('统一社会信用代码', 'Unified social credit code')),
    origin: t.exposeString(
      'origin',
      said('来源：registered 登记，imported 期初导入', 'registered, or imported with the opening balance'),
    ),
    standing: t.expose('standing', {
      ...maybe(
        '成员状态，按 on 所问之日；附于他行时按今天',
        'Standing on the day asked for with `on`; reached from another row, today. Null where unknown',
      ),
      type: StandingEnum,
    }),
    effects: t.field({
      ...maybe('成员状态的效力', 'What follows from that standing; null where it is unknown'),
      type: Effects,
      resolve: ({ standing }) => effectsOf(standing),
    }),
    recordedAt: t.expose('recordedAt', { ...recorded, type: 'Instant' }),
    approvalNumbers: t.field({
      ...said('曾用批准号', 'All approval numbers'),
      type: [ApprovalNumber],
      resolve: async ({ id }, _, { loaders }) => (await loaders.memberFates.load(id))?.approvalNumbers ?? [],
    }),
    merger: t.field({
      ...maybe('并入何机构', 'Into which body it was merged'),
      type: Merger,
      resolve: async ({ id }, _, { loaders }) => (await loaders.memberFates.load(id))?.merger ?? null,
    }),
    approvalRevocation: t.field({
      ...maybe('批准被撤销', 'The revocation of its approval that stands'),
      type: ApprovalRevocation,
      resolve: async ({ id }, _, { loaders }) => (await loaders.memberFates.load(id))?.approvalRevocation ?? null,
    }),
    standings: t.field({
      ...said('状态变动', 'All moves of the standing'),
      type: [StandingEntry],
      resolve: async ({ id }, _, { loaders }) => (await loaders.memberDetails.load(id))?.standings ?? [],
    }),
    scopes: t.field({
      ...said('业务范围', 'Scopes'),
      type: [Scope],
      resolve: async ({ id }, _, { loaders }) => (await loaders.memberDetails.load(id))?.scopes ?? [],
    }),
    units: t.field({
      ...said('执行机构', 'Executing units'),
      type: [Unit],
      resolve: async ({ id }, _, { loaders }) => (await loaders.memberDetails.load(id))?.units ?? [],
    }),
    contacts: t.field({
      ...said('联系人', 'Contacts'),
      type: [Contact],
      resolve: async ({ id }, _, { loaders }) => (await loaders.memberDetails.load(id))?.contacts ?? [],
    }),
    names: t.field({
      ...said('名称沿革', 'Names'),
      type: [MemberName],
      resolve: async ({ id }, _, { loaders }) => (await loaders.memberDetails.load(id))?.names ?? [],
    }),
    figures: t.field({
      ...under('obligations.read').maybe('今日各项指标', 'The figures of today'),
      type: FiguresType,
      resolve: ({ id }, _, { loaders }) => loaders.memberFigures.load(id),
    }),
    latestCertificates: t.field({
      ...under('certificates.read').said('最近登记的证书', 'The certificates that were recorded last, newest first'),
      type: [CertificateRef],
      listSize: { argument: 'first', most: latestCertificatesMax, usual: latestUsual },
      args: {
        first: t.arg.int({
          defaultValue: latestUsual,
          description: both(`张数，1 至 ${latestCertificatesMax}`, `How many, 1 to ${latestCertificatesMax}`),
        }),
      },
      resolve: async ({ id }, { first }, { loaders }) =>
        (await loaders.latestCertificates(pageSize(first, latestCertificatesMax) ?? latestUsual).load(id)) ?? [],
    }),
  }),
})

connectionField('members', {
  said: said('成员机构，按名称', 'Members by name'),
  name: 'Member',
  node: MemberRef,
  query: membersQuery,
  filters: (arg) => ({
    on: arg({ type: 'Day', description: both('所问之日，缺省为今天', 'The day asked for; today where absent') }),
    name: arg.string({ description: both('名称以此开头', 'The name begins with this') }),
    approvalNumber: arg.string({ description: both('认监委批准号', 'CNCA approval number') }),
    standing: arg({ type: StandingEnum, description: both('该日的状态', 'Standing on that day') }),
  }),
  read: readMembers,
  count: countAskedMembers,
})

singleField('member', {
  said: said('一家成员机构', 'One member'),
  node: MemberRef,
  isOfDay: true,
  read: readMember,
})
