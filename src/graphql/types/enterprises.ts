import {
  countAskedEnterprises,
  enterprisesQuery,
  readEnterprise,
  readEnterprises,
} from '../../usecases/enterprises/read-enterprises.ts'
import { both, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { singleField } from '../single-fields.ts'
import { FamilyEnum } from './enums.ts'
import { EnterpriseRef } from './refs.ts'

const { said, maybe } = under('enterprises.read')

EnterpriseRef.implement({
  description: both('企业', 'A firm that applies for or holds certificates'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    creditCode: t.exposeString('creditCode', maybe('统一社会信用代码', 'Unified social credit code')),
    creditCodeInDoubt: t.exposeBoolean(
      'creditCodeInDoubt',
      said('代码未通过校验、凭证据登记', 'The code failed its check and was let in on evidence (R5)'),
    ),
    name: t.exposeString('name', said('名称', 'Name')),
    country: t.exposeString('country', said('国家', 'Country')),
    cityCode: t.exposeString('cityCode', maybe('设区市', 'City (GB/T 2260)')),
    family: t.expose('family' as never, { ...maybe('产品大类', 'Product family'), type: FamilyEnum }),
    industryCode: t.exposeString('industryCode', maybe('行业代码', 'Industry code (GB/T 4754)')),
    address: t.exposeString('address', maybe('地址', 'Address')),
    origin: t.exposeString(
      'origin',
      said('来源：registered 登记，imported 期初导入', 'registered, or imported with the opening balance'),
    ),
    recordedAt: t.expose('recordedAt', { ...said('登记时刻', 'When it was recorded'), type: 'Instant' }),
  }),
})

connectionField('enterprises', {
  said: said('企业，按名称', 'Enterprises by name'),
  name: 'Enterprise',
  node: EnterpriseRef,
  query: enterprisesQuery,
  filters: (arg) => ({
    creditCode: arg.string({ description: both('统一社会信用代码', 'Unified social credit code') }),
    name: arg.string({ description: both('名称以此开头', 'The name begins with this') }),
    cityCode: arg.string({ description: both('设区市，县区代表其市', 'City; a county stands for its city') }),
    family: arg({ type: FamilyEnum, description: both('产品大类', 'Product family') }),
  }),
  read: readEnterprises,
  count: countAskedEnterprises,
})

singleField('enterprise', { said: said('一家企业', 'One enterprise'), node: EnterpriseRef, read: readEnterprise })
