import t from 'tap'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { type HistoricalCells, type HistoricalColumn, readHistoricalRow } from '../../src/domain/historical-row.ts'
import { dayOfCell, foldName, shownValue } from '../../src/domain/imported-cells.ts'
import { plainDate } from '../../src/domain/plain-date.ts'

type Cells = Partial<Record<HistoricalColumn, string>>

const around = {
  today: plainDate('2026-11-22'),
  schemes: new Map([
    ['abroad', [{ effectiveOn: plainDate('1900-01-01'), requiredFields: [] }]],
    [
      'strict',
      [
        { effectiveOn: plainDate('2020-01-01'), requiredFields: [] },
        { effectiveOn: plainDate('2024-01-01'), requiredFields: ['enterprise.cityCode', 'assignmentId'] },
      ],
    ],
  ]),
}

const good: Cells = {
  scheme: 'abroad',
  number: 'KZR/0001',
  bodyName: 'SGS Polska Sp. z o. o.',
  holderName: 'Rolnik S.A.',
  validFrom: '2022-03-01',
  validUntil: '2023-02-28',
}

function row(changes: Cells, rest: Partial<HistoricalCells> = {}): HistoricalCells {
  const cells = Object.fromEntries(Object.entries({ ...good, ...changes }).filter(([, text]) => text !== ''))
  return { cells, further: {}, names: {}, ...rest }
}

function certificatesOf(cells: HistoricalCells) {
  const reading = readHistoricalRow(cells, around)
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return reading.certificates
}

function certificateOf(changes: Cells) {
  const [certificate] = certificatesOf(row(changes))
  if (!certificate) throw new Error('no certificate')
  return certificate
}

function problemsOf(cells: HistoricalCells): string[] {
  const reading = readHistoricalRow(cells, around)
  return reading.ok ? [] : reading.problems.map(({ code, path, value }) => `${code} ${path} ${value}`)
}

t.test(
  'a row with a body, a holder, a number and sane days becomes a certificate without a decision day',
  async (t) => {
    const certificate = certificateOf({})
    t.match(certificate, {
      scheme: 'abroad',
      number: 'KZR/0001',
      decidedOn: null,
      issuedOn: null,
      validFrom: '2022-03-01',
      validUntil: '2023-02-28',
      status: null,
      holder: { name: 'Rolnik S.A.', country: 'CN', creditCode: null },
    })
    t.match(certificate.content, {
      numberAsPrinted: 'KZR/0001',
      issuingBody: 'SGS Polska Sp. z o. o.',
      client: { name: 'Rolnik S.A.' },
    })
  },
)

const refused: readonly [sentence: string, changes: Cells, problems: readonly string[]][] = [
  ['names no body', { bodyName: '' }, ['body_missing bodyName ']],
  ['names a body of dashes only', { bodyName: '--' }, ['body_missing bodyName --']],
  ['begins on a day that does not exist', { validFrom: '0000-00-00' }, ['date_does_not_exist validFrom 0000-00-00']],
  ['ends on 30 February', { validUntil: '2023-02-30' }, ['date_does_not_exist validUntil 2023-02-30']],
  ['ends before it begins', { validUntil: '2022-02-28' }, ['validity_reversed validUntil 2022-02-28']],
  ['has no last day', { validUntil: '' }, ['field_missing validUntil ']],
  ['has no number', { number: '' }, ['certificate_number_empty number ']],
  ['has a number with a star', { number: 'A*1' }, ['certificate_number_character number A*1']],
  ['has no holder', { holderName: '' }, ['field_missing holderName ']],
  ['names an unknown scheme', { scheme: 'nowhere' }, ['scheme_unknown scheme nowhere']],
  ['has a status that nobody knows', { status: 'sleeping' }, ['field_invalid status sleeping']],
  ['was withdrawn on an unknown day', { status: 'withdrawn' }, ['field_missing statusOn ']],
  ['was suspended tomorrow', { status: 'suspended', statusOn: '2026-11-23' }, ['day_in_future statusOn 2026-11-23']],
  ['was decided tomorrow', { decidedOn: '2026-11-23' }, ['day_in_future decidedOn 2026-11-23']],
  [
    'was decided after its issue',
    { decidedOn: '2022-03-02', issuedOn: '2022-03-01' },
    ['decided_after_issue decidedOn 2022-03-02'],
  ],
  [
    'has a credit code that fails its check',
    { holderCreditCode: '91320100MA00000A1B' },
    ['credit_code_organisation_check holderCreditCode 91320100MA00000A1B'],
  ],
  ['lies in another province', { cityCode: '110100' }, ['city_unknown cityCode 110100']],
  ['has an industry that does not exist', { industryCode: '9999' }, ['industry_unknown industryCode 9999']],
  ['has a bell in its name', { holderName: 'A\u0007B' }, ['text_control_character holderName undefined']],
  ['has half a character in its name', { holderName: 'A\ud800' }, ['text_control_character holderName undefined']],
  [
    'lacks what its scheme requires since 2024',
    { scheme: 'strict', validFrom: '2024-05-01', validUntil: '2027-04-30' },
    ['scheme_field_missing cityCode '],
  ],
]

for (const [sentence, changes, problems] of refused) {
  t.test(`a row is refused that ${sentence}`, async (t) => t.same(problemsOf(row(changes)), problems))
}

t.test('a scheme requires on the first day what it required then', async (t) => {
  t.same(problemsOf(row({ scheme: 'strict', validFrom: '2021-05-01', validUntil: '2024-04-30' })), [])
  t.same(problemsOf(row({ scheme: 'strict', validFrom: '2024-05-01', validUntil: '2027-04-30', cityCode: '南京' })), [])
})

t.test('everything that is wrong with a row is told at once, under the names of the file', async (t) => {
  const names = { bodyName: '认证机构', validFrom: '有效期起' }
  const problems = problemsOf(row({ bodyName: '', validFrom: '2022-13-01' }, { names }))
  t.same(problems, ['body_missing 认证机构 ', 'date_does_not_exist 有效期起 2022-13-01'])
})

t.test('an identity card is refused wherever it stands, and its digits are not shown', async (t) => {
  const card = '11010519491231002X'
  t.same(problemsOf(row({ holderAddress: `Zhang San ${card}` })), [
    'identity_card_refused holderAddress Zhang San *****************X',
  ])
  t.same(problemsOf(row({}, { further: { note: card }, names: { 'further.note': 'remarks' } })), [
    'identity_card_refused remarks *****************X',
  ])
  t.equal(problemsOf(row({ validFrom: card }))[0], 'identity_card_refused validFrom *****************X')
  t.equal(problemsOf(row({ validFrom: card }))[1], 'date_does_not_exist validFrom *****************X')
})

t.test('a credit code is not taken for an identity card', async (t) => {
  const code = makeCreditCode('91', '320100', 'MA000001')
  t.match(certificateOf({ holderCreditCode: code }).holder, { creditCode: code, key: `code:${code}` })
})

t.test('each of several numbers in a cell is a certificate', async (t) => {
  const numbers = (number: string) =>
    certificatesOf(row({ number })).map(
      (certificate) => `${certificate.number} (${certificate.content.numberAsPrinted})`,
    )
  t.same(numbers('TNP KZR/1; TNP KZR/1-001'), ['TNPKZR/1 (TNP KZR/1)', 'TNPKZR/1-001 (TNP KZR/1-001)'])
  t.same(numbers('A1；A2、A3'), ['A1 (A1)', 'A2 (A2)', 'A3 (A3)'])
  t.same(numbers('A1; a1;'), ['A1 (a1)'], 'one that is named twice is one')
})

t.test('spellings of a body and of a holder have one key', async (t) => {
  const bodies = ['SGS Polska Sp. z o. o.', 'SGS POLSKA Sp. z o.o.', ' SGS  Polska, sp z o o '].map(
    (bodyName) => certificateOf({ bodyName }).body.key,
  )
  t.same(new Set(bodies), new Set(['abroad:sgspolskaspzoo']))
  const holders = ['PPHU "SARA"', 'PPHU Sara'].map(
    (holderName) => certificateOf({ holderName, country: 'Polska' }).holder.key,
  )
  t.same(new Set(holders), new Set(['name:polska:pphusara']))
})

t.test('a body is known by its approval, else by its code, else by its name', async (t) => {
  t.equal(certificateOf({ bodyCode: 'SGS' }).body.key, 'abroad:sgs')
  t.equal(
    certificateOf({ bodyCode: 'SGS', bodyApprovalNumber: 'cnca-r-2002-001' }).body.key,
    'approval:CNCA-R-2002-001',
  )
  t.equal(certificateOf({ bodyCode: 'SGS', bodyName: '' }).body.name, 'SGS')
})

t.test('holders printed as a mere stroke are not taken for one firm', async (t) => {
  const keys = ['A1', 'A2'].map((number) => certificateOf({ holderName: '\\', number }).holder.key)
  t.same(keys, ['unnamed:abroad:a1', 'unnamed:abroad:a2'])
})

const statuses: readonly [sentence: string, changes: Cells, status: unknown][] = [
  ['valid says nothing beyond the days', { status: 'Valid' }, null],
  ['expired follows from the days', { status: 'expired', statusOn: '2023-04-19' }, null],
  [
    'suspended counts from the day it was seen',
    { status: 'suspended', statusOn: '2022-06-01' },
    { as: 'suspended', onDay: '2022-06-01' },
  ],
  [
    'suspended counts from the first day where no day is known',
    { status: '暂停' },
    { as: 'suspended', onDay: '2022-03-01' },
  ],
  [
    'suspended, seen after the end, counts from the last day',
    { status: 'suspended', statusOn: '2024-01-01' },
    { as: 'suspended', onDay: '2023-02-28' },
  ],
  [
    'withdrawn ends on the day it was seen',
    { status: '撤销', statusOn: '2022-06-01' },
    { as: 'withdrawn', onDay: '2022-06-01' },
  ],
  [
    'cancelled ends on the day it was seen',
    { status: 'cancelled', statusOn: '2022-06-01' },
    { as: 'cancelled', onDay: '2022-06-01' },
  ],
]

for (const [sentence, changes, status] of statuses) {
  t.test(`a status ${sentence}`, async (t) => t.same(certificateOf(changes).status, status))
}

t.test('days are read as spreadsheets write them, and never guessed', async (t) => {
  const read = [
    '2026-01-05',
    '2026/1/5',
    '2026.1.5',
    '2026年1月5日',
    '2026-01-05 00:00:00',
    '2026-01-05T00:00:00.000',
  ].map(dayOfCell)
  t.same(new Set(read), new Set(['2026-01-05']))
  t.same(
    ['05/01/2026', '2026-02-30', '0000-00-00', '2026-01-05 10:00', '1899-12-31', '46027', ''].map(dayOfCell),
    Array(7).fill(undefined),
  )
})

t.test('a folded name keeps letters and digits of every script', async (t) => {
  t.equal(foldName('中国质量认证中心（CQC）'), '中国质量认证中心cqc')
  t.equal(foldName('SCS Global Services¶, Emeryville'), 'scsglobalservicesemeryville')
})

t.test('a value is shown in short', async (t) => t.equal(shownValue('x'.repeat(200)).length, 101))
