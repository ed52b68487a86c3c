import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  problem,
  Refusal,
  type RefusalCode,
  refusalSentences,
  refuse,
  refuseIfAny,
  sentenceOf,
} from '../../src/domain/refusals.ts'
import { packageRoot } from '../../src/package-root.ts'
import { problemsOfIssues } from '../../src/usecases/inputs.ts'
import { memberInput } from '../../src/usecases/members/manage-members.ts'
import { resultInput } from '../../src/usecases/results/result-input.ts'
import { requireWhole } from '../support/asking.ts'
import { resultBody } from '../support/services.ts'

const sentences = Object.entries(refusalSentences) as [RefusalCode, readonly [zh: string, en: string]][]
const placeholdersOf = (sentence: string) => [...sentence.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').sort()

t.test('every refusal has its sentence in Chinese and in English', async (t) => {
  for (const [code, [zh, en]] of sentences) {
    t.match(zh, /\p{sc=Han}.*。$/u, `${code} in Chinese`)
    t.match(en, /^[A-Z{].*[a-z)}].*\.$/, `${code} in English`)
    t.notMatch(en, /\p{sc=Han}/u, `${code} has no Chinese in its English`)
    t.match(code, /^[a-z]+(_[a-z]+)*$/)
  }
})

t.test('both languages of a sentence cite the same clauses', async (t) => {
  const clausesOf = (sentence: string) =>
    [...sentence.matchAll(/[（(、,] ?([NR]\d+[a-z]?)(?=[）)、,])/g)].map(([, clause]) => clause)
  for (const [code, [zh, en]] of sentences) t.same(clausesOf(zh), clausesOf(en), code)
})

t.test('both languages of a sentence say the same values', async (t) => {
  for (const [code, [zh, en]] of sentences) {
    t.same(
      placeholdersOf(zh).filter((name) => !placeholdersOf(en).includes(name)),
      [],
      `${code}: nothing only in Chinese`,
    )
    const onlyInEnglish = placeholdersOf(en).filter((name) => name !== 'field' && !placeholdersOf(zh).includes(name))
    t.same(onlyInEnglish, [], `${code}: nothing only in English`)
    t.notMatch(zh + en, /[?？]/, `${code} has no question mark, which marks a missing value`)
  }
})

t.test('a sentence is filled in the language that is asked for', async (t) => {
  const move = problem('move_not_allowed', 'action', {
    values: { state: ['撤销', 'withdrawn'], action: ['恢复', 'reinstate'] },
  })
  t.equal(sentenceOf(move, 'zh'), '证书状态为“撤销”，不能恢复（R4）。')
  t.equal(sentenceOf(move, 'en'), 'A certificate that is withdrawn cannot be changed by “reinstate” (R4).')
  t.equal(sentenceOf(problem('field_missing', 'certificate.number'), 'en'), 'The field certificate.number is required.')
  t.equal(sentenceOf(problem('field_missing', 'a.b', { values: { field: 'b' } }), 'en'), 'The field b is required.')
  t.equal(
    sentenceOf(problem('evidence_missing', 'evidence', { values: { limit: 2 } }), 'zh'),
    '超过 2 个工作日补录，须附证据（R2）。',
  )
  t.equal(
    sentenceOf(problem('not_found', 'id'), 'en'),
    'No such ?.',
    'a value that was forgotten shows as a question mark',
  )
})

t.test('a refusal carries its problems, the first of which names it', async (t) => {
  const refusal = new Refusal(problem('forbidden'), problem('field_missing', 'name'))
  t.equal(refusal.problems[0].code, 'forbidden')
  t.equal(refusal.problems.length, 2)
  t.equal(refusal.message, '(whole): This role may not do that. name: The field name is required.')
  t.type(refuse('forbidden'), Refusal)
  t.doesNotThrow(() => refuseIfAny([]))
  t.throws(() => refuseIfAny([problem('forbidden')]), { name: 'Refusal' })
})

t.test('what an input schema refuses is said in whole sentences', async (t) => {
  const enterprise = (changes: object) => resultBody({ enterprise: { creditCode: 'x', name: 'x', ...changes } })
  const table: [story: string, body: unknown, problems: string[]][] = [
    ['a good body', resultBody(), []],
    ['a day that does not exist', resultBody({ decidedOn: '2026-02-30' }), ['date_does_not_exist@decidedOn']],
    ['a day before 1900', resultBody({ decidedOn: '1899-12-31' }), ['date_does_not_exist@decidedOn']],
    ['an empty number', resultBody({}, { number: ' ' }), ['certificate_number_empty@certificate.number']],
    [
      'a number of 65 characters',
      resultBody({}, { number: 'X'.repeat(65) }),
      ['certificate_number_too_long@certificate.number'],
    ],
    ['a number with a star', resultBody({}, { number: 'SL*1' }), ['certificate_number_character@certificate.number']],
    ['no product', resultBody({}, { product: undefined }), ['field_missing@certificate.product']],
    ['a field that is not known', resultBody({ colour: 'red' }), ['field_unknown@colour']],
    ['no such industry', resultBody({ industryCode: '9999' }), ['industry_unknown@industryCode']],
    ['no such city', enterprise({ cityCode: '110000' }), ['city_unknown@enterprise.cityCode']],
    ['no such family', resultBody({ family: 'toys' }), ['field_invalid@family']],
    ['no such kind', resultBody({ kind: 'sell' }), ['field_invalid@kind']],
    ['a control character', enterprise({ name: 'a\u0007b' }), ['text_control_character@enterprise.name']],
    ['half a character', enterprise({ name: 'a\ud800' }), ['text_control_character@enterprise.name']],
    ['an empty name', enterprise({ name: ' ' }), ['field_invalid@enterprise.name']],
    ['no standard', resultBody({}, { standards: [] }), ['field_invalid@certificate.standards']],
    [
      'a standard that cannot be read',
      resultBody({}, { standards: ['GB/T 1\nGB/T 2'] }),
      ['standard_number_invalid@certificate.standards.0'],
    ],
    [
      'two at once',
      resultBody({ decidedOn: 'soon', family: 'toys' }),
      ['field_invalid@family', 'date_does_not_exist@decidedOn'],
    ],
  ]
  for (const [story, body, expected] of table) {
    const parsed = resultInput.safeParse(body)
    const problems = parsed.success ? [] : problemsOfIssues(parsed.error.issues, body)
    t.same(
      problems.map(({ code, path }) => `${code}@${path}`),
      expected,
      `${story}: ${expected.join(' and ') || 'nothing is wrong'}`,
    )
    t.doesNotThrow(() => problems.forEach(requireWhole), `${story}: the sentences are whole`)
  }
  const member = memberInput.safeParse({ name: 'x', approvalNumber: 'CNCA-X-1', creditCode: 'x' })
  const problems = member.success ? [] : problemsOfIssues(member.error.issues, {})
  t.same(
    problems.map(({ code, path }) => `${code}@${path}`),
    ['approval_number_invalid@approvalNumber'],
  )
})

t.test('wherever the code refuses, it gives every value that the sentence names', async (t) => {
  const calls = sourceFiles().flatMap((file) =>
    callsIn(readFileSync(join(packageRoot, file), 'utf8')).map((call) => ({ ...call, file })),
  )
  t.ok(calls.length > 100, 'the calls are found')
  const gaps = calls.flatMap(({ code, text, file }) => {
    const [zh, en] = refusalSentences[code]
    const wanted = placeholdersOf(zh + en).filter((name) => name !== 'field')
    // Values may be put together before: `{ values }`, `{ values: characters }`.
    if (wanted.length === 0 || /\bvalues\b(?!: \{)/.test(text)) return []
    return wanted
      .filter((name) => !new RegExp(`\\b${name}\\b`).test(text.slice(code.length)))
      .map((name) => `${file}: ${code} {${name}}`)
  })
  t.same(gaps, [])
})

function sourceFiles(): string[] {
  const files = readdirSync(join(packageRoot, 'src'), { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.endsWith('.ts')).map((file) => join('src', file))
}

/** Every `problem('code', …)` and `refuse('code', …)`, up to its closing bracket. */
function callsIn(source: string): { code: RefusalCode; text: string }[] {
  if (!/from '.*refusals\.ts'/.test(source)) return []
  return [...source.matchAll(/\b(?:problem|refuse)\('(\w+)'/g)]
    .filter((match) => (match[1] ?? '') in refusalSentences)
    .map((match) => {
      const start = match.index + match[0].indexOf('(')
      let depth = 0
      let end = start
      do {
        if (source[end] === '(') depth += 1
        if (source[end] === ')') depth -= 1
        end += 1
      } while (depth > 0 && end < source.length)
      return { code: match[1] as RefusalCode, text: source.slice(start + 2, end) }
    })
}
