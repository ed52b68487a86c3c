import { join } from 'node:path'
import { type Config, readConfig } from '../src/config.ts'
import type { Actor, Role } from '../src/domain/access.ts'
import { usualValidUntil } from '../src/domain/certificate.ts'
import type { PlainDate } from '../src/domain/plain-date.ts'
import { jobsFor } from '../src/open-jobs.ts'
import { runProcess } from '../src/process.ts'
import { type Context, contextOf, type Registry } from '../src/usecases/context.ts'
import { runByHand } from '../src/usecases/jobs/run-job.ts'
import { prepareAlliance } from './demonstration/alliance.ts'
import { type Credentials, ensureCredentials } from './demonstration/credentials.ts'
import { failureText } from './failure.ts'

/** `npm run demo`: the service on a database of its own with a small, plainly fictional alliance in it. */
try {
  const given = readConfig()
  if (given.NODE_ENV === 'production') throw new Error('示例数据不进入生产环境 / no demonstration data in production')
  // Always on a database of its own: the alliance must not get into one that is named for something else.
  const own = { DATABASE_URL: undefined, DATABASE_OWNER_URL: undefined, DATA_DIR: join(given.DATA_DIR, 'demo') }
  const config: Config = { ...given, ...own }
  let credentials: Credentials | undefined
  let today: PlainDate | undefined
  const { address } = await runProcess(config, async ({ registry }) => {
    const context = contextOf(registry, demonstrator('secretariat'), 'demonstration')
    today = context.today
    const { memberIds } = await prepareAlliance(registry, context)
    const administrator = contextOf(registry, demonstrator('administrator'), 'demonstration')
    credentials = await ensureCredentials(
      registry,
      administrator,
      join(config.DATA_DIR, 'demo-credentials.json'),
      memberIds[0],
    )
    await runDailyJobs(registry, administrator, config)
  })
  if (credentials && today) console.log(welcome(address, credentials, today))
} catch (error) {
  console.error(failureText(error))
  process.exitCode = 1
}

/** So that there are notices to look at from the beginning, whatever the hour. */
async function runDailyJobs(registry: Registry, context: Context, config: Config): Promise<void> {
  const jobs = jobsFor(config)
  for (const { name, time } of jobs) if (time.every === 'day') await runByHand(registry, context, jobs, name, {})
}

function demonstrator(role: Role): Actor {
  return { kind: 'system', id: 'demonstration', name: '示例', role, memberId: null }
}

function welcome(address: string, { passwords, client }: Credentials, today: PlainDate): string {
  const body = JSON.stringify(exampleResult(today))
  return `
认证联盟登记系统（示例数据） / Alliance Registry with demonstration data
  地址 / address      ${address}
  接口说明 / reference ${address}/docs      OpenAPI  ${address}/openapi.json

登录账号 / sign in as (POST ${address}/v1/session)
${Object.entries(passwords)
  .map(([login, password]) => `  ${login.padEnd(14)} ${password}`)
  .join('\n')}

业务系统 / machine of 示例甲认证中心
  client_id     ${client?.id}
  client_secret ${client?.secret}

取令牌 / get a token
TOKEN=$(curl -s ${address}/oauth/token -u '${client?.id}:${client?.secret}' -d grant_type=client_credentials | node -pe 'JSON.parse(require("fs").readFileSync(0)).access_token')

上报一项认证结果 / post a result
curl -s ${address}/v1/results -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -H 'Idempotency-Key: demo-${today}' -d '${body}'

查验证书（无需登录） / verify it, without sign-in
curl -s ${address}/v1/verify/DEMO-${today}

定时任务已说的话 / what the jobs have said
curl -s ${address}/v1/notices -H "Authorization: Bearer $TOKEN"

Ctrl-C 停止 / stops it
`
}

function exampleResult(today: PlainDate) {
  return {
    kind: 'issue',
    memberReference: `DEMO-${today}`,
    enterprise: { creditCode: '91320100MA0XX00154', name: '示例精密机械有限公司', cityCode: '320100' },
    family: 'manufacturing',
    industryCode: '3411',
    decidedOn: today,
    certificate: {
      number: `DEMO-${today}`,
      issuedOn: today,
      validUntil: usualValidUntil(today, 36),
      product: { name: '示例磨床', models: ['M-1'] },
      standards: ['Q/EXAMPLE 003-2026'],
    },
  }
}
