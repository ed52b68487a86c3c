import type { CertificateView } from '../../usecases/certificates/certificate-view.ts'
import type { CertificateEventView } from '../../usecases/certificates/read-certificate-events.ts'
import { both, builder, under } from '../builder.ts'
import { CertificateActionEnum } from './enums.ts'

const { said, maybe } = under('certificates.read')

export const Suspension = builder.objectRef<CertificateView['suspensions'][number]>('Suspension').implement({
  description: both('暂停', 'A suspension'),
  fields: (t) => ({
    fromOn: t.expose('fromOn', { ...said('自何日起', 'First day'), type: 'Day' }),
    untilOn: t.expose('untilOn', { ...said('至何日止', 'Last day as decided'), type: 'Day' }),
    liftedOn: t.expose('liftedOn', { ...maybe('恢复之日', 'Day on which it was lifted'), type: 'Day' }),
  }),
})

export const CertificateEvent = builder.objectRef<CertificateEventView>('CertificateEvent').implement({
  description: both('对证书的一次处理', 'What was done to a certificate (R4)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    action: t.expose('action' as never, { ...said('处理', 'Action'), type: CertificateActionEnum }),
    onDay: t.expose('onDay', { ...said('自何日起', 'From this day on'), type: 'Day' }),
    untilOn: t.expose('untilOn', { ...maybe('至何日止', 'Last day'), type: 'Day' }),
    reasonCode: t.exposeString('reasonCode', said('理由代码', 'Reason code')),
    reasonText: t.exposeString('reasonText', maybe('理由', 'Reason in words')),
    toCertificateId: t.exposeID('toCertificateId', maybe('转移后的证书', 'The certificate that took its place')),
    recordedAt: t.expose('recordedAt', { ...said('登记时刻', 'When it was recorded'), type: 'Instant' }),
    recordedBy: t.exposeString('recordedBy', said('登记者', 'Who recorded it')),
  }),
})

type Content = CertificateView['content']

const Client = builder.objectRef<Content['client']>('CertificateClient').implement({
  description: both('证书所载委托人', 'The client as printed'),
  fields: (t) => ({
    name: t.exposeString('name', said('名称', 'Name')),
    address: t.exposeString('address', maybe('地址', 'Address')),
  }),
})

const Product = builder.objectRef<Content['product']>('CertificateProduct').implement({
  description: both('证书所载产品', 'The product as printed'),
  fields: (t) => ({
    name: t.exposeString('name', said('名称', 'Name')),
    models: t.expose('models' as never, { ...said('型号', 'Models'), type: ['String'] as never }),
    trademark: t.exposeString('trademark', maybe('商标', 'Trademark')),
    maker: t.exposeString('maker', maybe('制造商', 'Maker')),
    makerAddress: t.exposeString('makerAddress', maybe('制造商地址', 'Address of the maker')),
  }),
})

const Factory = builder.objectRef<Content['factory']>('CertificateFactory').implement({
  description: both('证书所载生产企业', 'The factory as printed'),
  fields: (t) => ({
    name: t.exposeString('name', maybe('名称', 'Name')),
    address: t.exposeString('address', maybe('地址', 'Address')),
  }),
})

const FurtherField = builder.objectRef<{ name: string; text: string }>('FurtherField').implement({
  description: both('其他认证方案的栏目', 'A field of another scheme'),
  fields: (t) => ({
    name: t.exposeString('name', said('栏目', 'Its name')),
    text: t.exposeString('text', said('内容', 'What it says')),
  }),
})

export const CertificateContent = builder.objectRef<Content>('CertificateContent').implement({
  description: both('证书所载内容', 'What the certificate states, as printed'),
  fields: (t) => ({
    numberAsPrinted: t.exposeString('numberAsPrinted', said('印制编号', 'Number as printed')),
    issuingBody: t.exposeString('issuingBody', said('发证机构', 'Issuing body')),
    client: t.expose('client', { ...said('委托人', 'Client'), type: Client }),
    product: t.expose('product', { ...said('产品', 'Product'), type: Product }),
    factory: t.expose('factory', { ...said('生产企业', 'Factory'), type: Factory }),
    standards: t.expose('standards' as never, { ...said('标准', 'Standards'), type: ['String'] as never }),
    requirements: t.exposeString('requirements', maybe('技术要求', 'Requirements')),
    certificationMode: t.exposeString('certificationMode', maybe('认证模式', 'Certification mode')),
    further: t.field({
      ...said('其他栏目', 'Fields of other schemes'),
      type: [FurtherField],
      ofParentAlone: true,
      resolve: ({ further }) => Object.entries(further).map(([name, text]) => ({ name, text })),
    }),
  }),
})
