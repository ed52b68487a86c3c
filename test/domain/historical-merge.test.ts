import fc from 'fast-check'
import t from 'tap'
import { planMerge, type RowToMerge, standAlone } from '../../src/domain/historical-merge.ts'
import { readHistoricalRow } from '../../src/domain/historical-row.ts'
import { plainDate } from '../../src/domain/plain-date.ts'

const around = {
  today: plainDate('2026-11-22'),
  schemes: new Map([['abroad', [{ effectiveOn: plainDate('1900-01-01'), requiredFields: [] }]]]),
}

type Printed = { number: string; bodyName: string; validFrom: string; status: string; productName: string }

/** Few numbers and bodies, so that rows meet. */
const printed = fc.record({
  number: fc.constantFrom('A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A1;A2'),
  bodyName: fc.constantFrom('甲', '乙'),
  validFrom: fc.constantFrom('2022-01-01', '2023-01-01'),
  status: fc.constantFrom('valid', 'valid', 'valid', 'suspended'),
  productName: fc.constantFrom('one', 'other'),
})

function rowOf(cells: Printed, rowNumber: number): RowToMerge {
  const reading = readHistoricalRow(
    { cells: { ...cells, scheme: 'abroad', holderName: '丙', validUntil: '2026-12-31' }, further: {}, names: {} },
    around,
  )
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  const certificates = reading.certificates.map((certificate) => ({
    ...certificate,
    memberId: certificate.body.key,
    enterpriseId: certificate.holder.key,
  }))
  return { rowNumber, numberColumn: 'number', certificates }
}

/** What is planned for these rows in a registry that knows none of them, by row and by certificate. */
function planned(rows: readonly RowToMerge[]) {
  let made = 0
  const { outcomes, drafts } = planMerge(rows, [], () => String(made++))
  const told = outcomes.map(({ rowNumber, outcome, problems }) => ({ rowNumber, outcome, problems }))
  const links = new Map(drafts.map(({ id, validFrom }) => [id, validFrom]))
  const standing = drafts.map(({ id, renewsId, fingerprints, ...draft }) => ({
    ...draft,
    renews: renewsId === null ? null : links.get(renewsId),
  }))
  return { told, standing: standing.map((draft) => JSON.stringify(draft)).sort() }
}

t.test('rows that stand alone are new as they stand, and the others come out as they would beside them', async (t) => {
  fc.assert(
    fc.property(fc.array(printed, { maxLength: 8 }), (cells) => {
      const rows = cells.map(rowOf)
      const alone = new Set(standAlone(rows))
      const whole = planned(rows)
      const [first, rest] = [planned([...alone]), planned(rows.filter((row) => !alone.has(row)))]
      const told = [...first.told, ...rest.told].sort((a, b) => a.rowNumber - b.rowNumber)
      t.ok(first.told.every(({ outcome, problems }) => outcome === 'accepted' && problems.length === 0))
      t.same(told, whole.told)
      t.same([...first.standing, ...rest.standing].sort(), whole.standing)
    }),
    { numRuns: 300 },
  )
})

t.test('a row stands alone with one certificate, no status and a number that no other row names', async (t) => {
  const plain = { number: 'A1', bodyName: '甲', validFrom: '2022-01-01', status: 'valid', productName: 'one' }
  const table: [name: string, rows: Printed[], alone: number[]][] = [
    ['one row', [plain], [0]],
    ['the same number of another body', [plain, { ...plain, bodyName: '乙' }], []],
    ['another period', [plain, { ...plain, validFrom: '2023-01-01' }], []],
    [
      'two numbers in a cell',
      [
        { ...plain, number: 'A1;A2' },
        { ...plain, number: 'A3' },
      ],
      [1],
    ],
    [
      'a number that stands beside another',
      [
        { ...plain, number: 'A1;A2' },
        { ...plain, number: 'A2' },
      ],
      [],
    ],
    [
      'a suspension',
      [
        { ...plain, status: 'suspended' },
        { ...plain, number: 'A2' },
      ],
      [1],
    ],
  ]
  for (const [name, cells, alone] of table)
    t.same(
      standAlone(cells.map(rowOf)).map(({ rowNumber }) => rowNumber),
      alone,
      name,
    )
})
