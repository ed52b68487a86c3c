import { parseArgs } from 'node:util'
import { studyScenarios } from './study/scenarios.ts'
import { type StudyRow, study } from './study/simulate.ts'

/**
 * `npm run study:ranking`: what the statistics of the ranking do where the truth is known (R9). Its figures stand in
 * src/domain/README.md.
 */
const { values } = parseArgs({
  options: { replicates: { type: 'string', default: '1000' }, seed: { type: 'string', default: '2026' } },
})
const replicates = Number(values.replicates)
if (!Number.isInteger(replicates) || replicates < 1) throw new Error('--replicates is a whole number from 1 on')

const percent = (share: number) => `${(share * 100).toFixed(1)} %`
console.log(
  `${replicates} alliances each; one body at 80 %, all others at 92 %; intervals of 90 %; seed ${values.seed}`,
)
console.log(
  '| bodies × results | years | coverage | worst body | watch: good | watch: bad | removed: good | removed: bad | last: good | last: bad |',
)
console.log('|---|---|---|---|---|---|---|---|---|---|')
for (const scenario of studyScenarios) console.log(lineOf(study(scenario, replicates, values.seed)))

function lineOf({ scenario: { bodies, results, years }, ...row }: StudyRow): string {
  const { coverage, worstCoverage, watchGood, watchBad, removedGood, removedBad, lastGood, lastBad } = row
  const shares = [coverage, worstCoverage, watchGood, watchBad, removedGood, removedBad, lastGood, lastBad]
  return `| ${bodies} × ${results} | ${years} | ${shares.map(percent).join(' | ')} |`
}
