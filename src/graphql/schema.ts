import { GraphQLSchema } from 'graphql'
import { both, builder } from './builder.ts'
import './types/admission.ts'
import './types/alliance.ts'
import './types/assignments.ts'
import './types/announcements.ts'
import './types/annual-reports.ts'
import './types/bulletins.ts'
import './types/certificates.ts'
import './types/complaints.ts'
import './types/conduct.ts'
import './types/dashboards.ts'
import './types/desk.ts'
import './types/dispositions.ts'
import './types/enterprises.ts'
import './types/measures.ts'
import './types/members.ts'
import './types/obligations.ts'
import './types/ranking-charts.ts'
import './types/ranking-details.ts'
import './types/rankings.ts'
import './types/evidence.ts'
import './types/referrals.ts'
import './types/results.ts'
import './types/surveillance.ts'
import './types/viewer.ts'

builder.queryType({
  description: both(
    '查询入口；此接口只读，写入请用 REST（/docs）',
    'All that can be asked. Read-only: writes go by REST (/docs)',
  ),
})

/** The whole schema, made once: each noun's file adds its part when it is imported. */
export const schema = new GraphQLSchema({
  ...builder.toSchema().toConfig(),
  description: both(
    '认证联盟登记系统的看板接口。只读：写入请用 REST 接口（/docs）。',
    'The registry for dashboards. Read-only: whatever writes goes by REST (/docs).',
  ),
})
