import { parseArgs } from 'node:util'

export const usage = `用法 / Usage: npm run bench -- [OPTIONS]
  --certificates N   证书数量 / how many certificates                    (100000)
  --compare-with N   再以该数量测一次并给出时间之比 / also at that size, with the ratio of times
  --members N        成员机构数量 / how many members                     (30)
  --rounds N         轮数，0 为只比较 / rounds, of which the median counts; 0 only compares  (5)
  --seconds N        每轮秒数 / seconds of each round                    (5)
  --warm-up N        正式测量前的预热秒数 / seconds of load before the rounds      (10)
  --only A,B         只测这些 / only these: lists, graphql, verify, dashboard, posting, import, processes, ranking, report, eligibility, desk
  --desk-cases A,B   分派批次的任务数 / cases of the desk's batches                (200,2000)
  --database URL     超级用户地址；缺省为自带数据库 / a superuser's URL; the embedded database where absent
  --folder DIR       自带数据库与密钥所在 / where the embedded database and the keys are  (.data/bench)`

export type Options = {
  readonly certificates: number
  readonly compareWith: number | undefined
  readonly members: number
  /** Nought: answers are compared, and nothing is measured. */
  readonly rounds: number
  readonly seconds: number
  /** Load that comes before the rounds: a service that runs for weeks is measured, not one that has just been started. */
  readonly warmUpSeconds: number
  readonly only: readonly string[] | undefined
  readonly deskCases: readonly number[]
  readonly database: string | undefined
  readonly folder: string
}

/** @throws Error that says how it is called. */
export function optionsFrom(args: readonly string[], groups: readonly string[]): Options {
  const { values } = parsed(args)
  if (values.help) throw new Error(usage)
  const only = values.only?.split(',')
  const unknown = only?.find((group) => !groups.includes(group))
  if (unknown !== undefined) throw new Error(`--only ${unknown}: ${groups.join(', ')}\n${usage}`)
  return {
    certificates: whole('certificates', values.certificates),
    compareWith: values['compare-with'] === undefined ? undefined : whole('compare-with', values['compare-with']),
    members: whole('members', values.members),
    rounds: whole('rounds', values.rounds, 0),
    seconds: whole('seconds', values.seconds),
    warmUpSeconds: whole('warm-up', values['warm-up']),
    only,
    deskCases: values['desk-cases'].split(',').map((text) => whole('desk-cases', text)),
    database: values.database,
    folder: values.folder,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        certificates: { type: 'string', default: '100000' },
        'compare-with': { type: 'string' },
        members: { type: 'string', default: '30' },
        rounds: { type: 'string', default: '5' },
        seconds: { type: 'string', default: '5' },
        'warm-up': { type: 'string', default: '10' },
        only: { type: 'string' },
        'desk-cases': { type: 'string', default: '200,2000' },
        database: { type: 'string' },
        folder: { type: 'string', default: '.data/bench' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${usage}`)
  }
}

function whole(name: string, text: string, least = 1): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least) throw new Error(`--${name} ${text}\n${usage}`)
  return value
}
