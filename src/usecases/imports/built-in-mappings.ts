import type { HistoricalColumn } from '../../domain/historical-row.ts'
import type { ListColumn } from '../../domain/listed-row.ts'
import type { CellSource, Mapping, ResultColumn } from './mapping.ts'

/** The mappings that come with the product: files under our own names, Chinese or English, and one of foreign registers. */

const historicalNames: Readonly<Record<HistoricalColumn, readonly string[]>> = {
  scheme: ['认证方案', 'scheme'],
  number: ['证书编号', 'number', 'certificateNumber'],
  bodyName: ['认证机构', '机构名称', 'bodyName'],
  bodyCode: ['机构代码', 'bodyCode'],
  bodyApprovalNumber: ['机构批准号', '批准号', 'bodyApprovalNumber'],
  holderName: ['获证组织', '获证企业', '企业名称', 'holderName'],
  holderCreditCode: ['统一社会信用代码', '信用代码', 'holderCreditCode'],
  holderAddress: ['获证组织地址', '企业地址', 'holderAddress'],
  country: ['国家', '国家或地区', 'country'],
  cityCode: ['设区市', '所在城市', 'cityCode'],
  family: ['类别', '产品类别', 'family'],
  industryCode: ['行业代码', 'industryCode'],
  productName: ['产品名称', '产品或服务', 'productName'],
  models: ['规格型号', '型号', 'models'],
  trademark: ['商标', 'trademark'],
  maker: ['制造商', 'maker'],
  makerAddress: ['制造商地址', 'makerAddress'],
  factoryName: ['生产企业', 'factoryName'],
  factoryAddress: ['生产地址', 'factoryAddress'],
  standards: ['认证依据', '标准', 'standards'],
  requirements: ['技术要求', 'requirements'],
  certificationMode: ['认证模式', 'certificationMode'],
  decidedOn: ['认证决定日', '认证决定日期', 'decidedOn'],
  issuedOn: ['发证日期', '发证日', 'issuedOn'],
  validFrom: ['有效期起', '有效期起始日', 'validFrom'],
  validUntil: ['有效期止', '有效期截止日', 'validUntil'],
  status: ['证书状态', '状态', 'status'],
  statusOn: ['状态日期', 'statusOn'],
}

const resultNames: Readonly<Record<ResultColumn, readonly string[]>> = {
  kind: ['结果类型', 'kind'],
  memberId: ['成员编号', 'memberId'],
  memberReference: ['机构参考号', 'memberReference'],
  scheme: ['认证方案', 'scheme'],
  assignmentId: ['任务编号', 'assignmentId'],
  endingId: ['认证结束记录编号', 'endingId'],
  'enterprise.creditCode': ['统一社会信用代码', '信用代码', 'enterprise.creditCode', 'creditCode'],
  'enterprise.name': ['获证组织', '获证企业', '企业名称', 'enterprise.name', 'enterpriseName'],
  'enterprise.cityCode': ['设区市', '所在城市', 'enterprise.cityCode', 'cityCode'],
  'enterprise.family': ['企业类别', 'enterprise.family'],
  'enterprise.industryCode': ['企业行业代码', 'enterprise.industryCode'],
  'enterprise.address': ['企业地址', 'enterprise.address'],
  'enterprise.creditCodeEvidence': ['信用代码佐证', 'enterprise.creditCodeEvidence'],
  family: ['类别', '产品类别', 'family'],
  industryCode: ['行业代码', 'industryCode'],
  productName: ['产品名称', '产品或服务', 'productName', 'certificate.product.name'],
  decidedOn: ['认证决定日', '认证决定日期', 'decidedOn'],
  reasonCode: ['原因代码', 'reasonCode'],
  reasonText: ['原因说明', 'reasonText'],
  earlierCertificateId: ['原证书登记编号', 'earlierCertificateId'],
  earlierCertificateNumber: ['原证书编号', 'earlierCertificateNumber'],
  'certificate.number': ['证书编号', 'certificate.number', 'certificateNumber'],
  'certificate.issuedOn': ['发证日期', '发证日', 'certificate.issuedOn', 'issuedOn'],
  'certificate.validFrom': ['有效期起', '有效期起始日', 'certificate.validFrom', 'validFrom'],
  'certificate.validUntil': ['有效期止', '有效期截止日', 'certificate.validUntil', 'validUntil'],
  'certificate.client.name': ['证书委托人', 'certificate.client.name', 'clientName'],
  'certificate.client.address': ['证书委托人地址', 'certificate.client.address', 'clientAddress'],
  'certificate.product.models': ['规格型号', '型号', 'certificate.product.models', 'models'],
  'certificate.product.trademark': ['商标', 'certificate.product.trademark', 'trademark'],
  'certificate.product.maker': ['制造商', 'certificate.product.maker', 'maker'],
  'certificate.product.makerAddress': ['制造商地址', 'certificate.product.makerAddress', 'makerAddress'],
  'certificate.factory.name': ['生产企业', 'certificate.factory.name', 'factoryName'],
  'certificate.factory.address': ['生产地址', 'certificate.factory.address', 'factoryAddress'],
  'certificate.standards': ['认证依据', '标准', 'certificate.standards', 'standards'],
  'certificate.requirements': ['技术要求', 'certificate.requirements', 'requirements'],
  'certificate.certificationMode': ['认证模式', 'certificate.certificationMode', 'certificationMode'],
}

const listNames: Readonly<Record<ListColumn, readonly string[]>> = {
  number: ['证书编号', 'number', 'certificateNumber'],
  bodyName: ['认证机构', '机构名称', '发证机构', 'bodyName'],
  bodyApprovalNumber: ['机构批准号', '批准号', 'bodyApprovalNumber'],
  holderName: ['获证组织', '获证组织名称', '获证企业', '企业名称', '持证人', 'holderName'],
  holderCreditCode: ['统一社会信用代码', '信用代码', 'holderCreditCode', 'creditCode'],
  issuedOn: ['发证日期', '颁证日期', '发证日', 'issuedOn'],
  validFrom: ['有效期起', '有效期起始日', 'validFrom'],
  validUntil: ['有效期止', '有效期截止日', '证书到期日期', 'validUntil'],
  state: ['证书状态', '状态', 'state', 'status'],
  scheme: ['认证方案', 'scheme'],
  holderAddress: ['获证组织地址', '企业地址', 'holderAddress'],
  cityCode: ['设区市', '所在城市', 'cityCode'],
  family: ['类别', '产品类别', 'family'],
  industryCode: ['行业代码', 'industryCode'],
  productName: ['产品名称', '产品或服务', 'productName'],
  models: ['规格型号', '型号', 'models'],
  standards: ['认证依据', '标准', 'standards'],
  requirements: ['技术要求', 'requirements'],
  certificationMode: ['认证模式', 'certificationMode'],
  decidedOn: ['认证决定日', '认证决定日期', 'decidedOn'],
}

/** CNCA's codes (R4); 04 and 05 are from memory, so a mapping of one's own may say otherwise. */
const listedStateWords = {
  '01': 'valid',
  '02': 'suspended',
  '03': 'withdrawn',
  '04': 'cancelled',
  '05': 'expired',
  有效: 'valid',
  正常: 'valid',
  暂停: 'suspended',
  撤销: 'withdrawn',
  注销: 'cancelled',
  过期: 'expired',
  失效: 'expired',
  过期失效: 'expired',
}

const schemeNames = { 江苏精品: 'jiangsu-premium' }
const kindNames = {
  发证: 'issue',
  颁发: 'issue',
  初次认证: 'issue',
  续证: 'renew',
  再认证: 'renew',
  扩大范围: 'supplement',
  扩项: 'supplement',
  不予认证: 'refuse',
  不予发证: 'refuse',
}

/** What a file need not have is settled by the essentials of the kind, so every single column may be missing. */
function ownNames<Column extends string>(
  names: Readonly<Record<Column, readonly string[]>>,
): Record<Column, CellSource> {
  const sources = Object.entries<readonly string[]>(names).map(([ours, column]) => [
    ours,
    { column: [...column], mayBeMissing: true },
  ])
  return Object.fromEntries(sources) as Record<Column, CellSource>
}

const scheme = { column: ['认证方案', 'scheme'], values: schemeNames, otherwise: 'jiangsu-premium', mayBeMissing: true }

export const builtInMappings: Readonly<Record<string, Mapping>> = {
  historical: { kind: 'historical', columns: { ...ownNames(historicalNames), scheme }, further: {}, schemes: [] },
  results: {
    kind: 'results',
    columns: {
      ...ownNames(resultNames),
      scheme,
      kind: { column: [...resultNames.kind], values: kindNames, mayBeMissing: true },
    },
  },
  'regulator-list': {
    kind: 'regulator_list',
    columns: {
      ...ownNames(listNames),
      state: { column: [...listNames.state], values: listedStateWords, mayBeMissing: true },
    },
    order: [],
  },
  /** Two public registers of Europe in one file. No credit codes and no decision days; the days of sight are not on the certificate. */
  'european-certificates': {
    kind: 'historical',
    columns: {
      scheme: { column: 'scheme', values: { ISCC: 'iscc', 'KZR INiG': 'kzr-inig' }, mayBeMissing: false },
      number: 'certificate_no',
      bodyCode: 'body_code',
      bodyName: 'body_name',
      holderName: 'holder',
      holderAddress: 'holder_address',
      country: { column: 'country', otherwise: 'unknown', mayBeMissing: false },
      productName: { column: ['materials', 'scope'], mayBeMissing: false },
      validFrom: 'valid_from',
      validUntil: 'valid_to',
      status: 'status',
      statusOn: { column: ['last_seen', 'valid_from'], mayBeMissing: false },
    },
    further: { scope: 'scope', materials: 'materials', certificateUrl: 'certificate_url' },
    schemes: [
      {
        code: 'iscc',
        nameZh: '国际可持续性与碳认证',
        nameEn: 'International Sustainability and Carbon Certification',
        validityMonths: 12,
      },
      {
        code: 'kzr-inig',
        nameZh: 'KZR INiG 可持续性认证',
        nameEn: 'KZR INiG certification system',
        validityMonths: 12,
      },
    ],
  },
}
