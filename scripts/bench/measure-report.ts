import postgres from 'postgres'
import { dayInShanghai, systemClock } from '../../src/clock.ts'
import { reportDocument } from '../../src/documents/report/report-document.ts'
import { reportWorkbook } from '../../src/documents/report/report-workbook.ts'
import { yearToReport } from '../../src/domain/report/annual-report.ts'
import { openDatabase } from '../../src/store/database.ts'
import { rulebookShelf } from '../../src/store/rulebook.ts'
import { askedReport, askedRows } from '../../src/usecases/reports/asked-report.ts'
import { gatherReport, readFigures, readInputs } from '../../src/usecases/reports/gather-report.ts'
import type { FilledDatabase } from './database.ts'
import type { Line } from './report.ts'
import { inTurn, secondsLine } from './seconds.ts'

/** What the bench fills; the alliance’s own scheme is there beside it, and empty. */
const benchScheme = 'bench'

/** The counting may take so many times as long as one plain pass over the same rows. */
const countingMost = 3

/** The figures of a December report against one plain pass over the same rows, side by side; then the whole report. */
export async function measureReport(
  database: FilledDatabase,
  rounds: number,
  tell: (line: string) => void,
): Promise<Line> {
  const { db, close } = openDatabase(database.serviceUrl, { poolSize: 2 })
  const bare = postgres(database.superuserUrl, { max: 1, onnotice: () => {} })
  try {
    const now = systemClock.now()
    const today = dayInShanghai(now)
    const actor = { kind: 'system', id: 'bench', name: 'bench', role: 'secretariat', memberId: null } as const
    const context = { actor, now, today, requestId: 'bench' }
    const year = yearToReport(today)
    const asked = await askedReport(db, context, { schemeCode: benchScheme, year })
    const rulebook = await rulebookShelf().current(db)
    const rows = askedRows(asked, rulebook, { knownAt: now, previous: null })
    const seconds = await inTurn(
      rounds,
      () => readFigures(db, rows),
      () => plainPass(bare, rows.spans),
    )
    const start = performance.now()
    const since = () => ((performance.now() - start) / 1_000).toFixed(1)
    const inputs = await readInputs(db, asked, { datedOn: today, documentNumber: null, signer: null })
    const { content, annexes } = await gatherReport(db, rulebook, asked, now, inputs, (step) =>
      tell(`  ${step} begin at ${since()} s`),
    )
    tell(`  the document begins at ${since()} s`)
    const document = await reportDocument(content, annexes)
    tell(`  the workbook begins at ${since()} s`)
    const workbook = await reportWorkbook(content, annexes)
    const memory = Math.round(process.resourceUsage().maxRSS / 1024)
    tell(
      `the report of ${year}: ${Object.keys(content.figures).length} figures, ${annexes.certified.length} products listed; ` +
        `all in ${since()} s, document ${kilobytes(document)} kB, workbook ${kilobytes(workbook)} kB; process at most ${memory} MB`,
    )
    return secondsLine('counting a December report, against a plain pass', seconds, countingMost)
  } finally {
    await bare.end({ timeout: 5 })
    await close()
  }
}

const kilobytes = (bytes: Buffer) => Math.round(bytes.length / 1024)

/**
 * The same three tables once, each by one aggregate with the same dimensions: rows, rows of the period, and firms. No past,
 * no states or reasons, and one window instead of three.
 */
async function plainPass(
  sql: postgres.Sql,
  { from, cutOffOn }: { readonly from: string; readonly cutOffOn: string },
): Promise<void> {
  await sql`
    select member_id, family, null as city, count(*), count(*) filter (where effective_decided_on >= ${from}), count(distinct enterprise_id)
    from results where superseded_at is null and effective_decided_on <= ${cutOffOn}
    group by grouping sets ((), (member_id), (family))
    union all
    select member_id, family, city_code, count(*), count(*) filter (where ended_on <= ${cutOffOn}), count(distinct enterprise_id)
    from certificates where valid_from <= ${cutOffOn}
    group by grouping sets ((), (member_id), (family), (city_code))
    union all
    select member_id, family, city_code, count(*), count(*) filter (where met_on <= due_on), 0
    from obligations where due_on between ${from} and ${cutOffOn} or event_on between ${from} and ${cutOffOn}
    group by grouping sets ((), (member_id), (family), (city_code))`
}
