import type { FindingKind } from './conduct.ts'
import { groupedBy } from './grouped.ts'
import type { Duty } from './obligation.ts'

/**
 * Which articles a kind of finding maps to (N7). Data with the text version that the numbers are those of. They are as the
 * rule set gives them: read the article before you cite it, and check the numbers of 认证机构管理办法 against its revision
 * of 2020.
 */
export const laws = {
  regulations: [
    '中华人民共和国认证认可条例（2023年修订）',
    'Regulations on Certification and Accreditation, text of 2023',
  ],
  measures: ['认证机构管理办法（2020年修订）', 'Measures for Certification Bodies, text of 2020'],
} as const
export type Law = keyof typeof laws

export type Article = {
  readonly law: Law
  /** With the text version that the number is of: a pack is read years later. */
  readonly lawName: readonly [zh: string, en: string]
  readonly article: string
  readonly about: readonly [zh: string, en: string]
}

const of = (law: Law, about: readonly [zh: string, en: string], ...articles: readonly string[]): Article[] =>
  articles.map((article) => ({ law, lawName: laws[law], article, about }))

const scope = of('regulations', ['超出批准范围', 'outside the approved scope'], '9', '59')
const interests = of('regulations', ['利益关系', 'interests in what is certified'], '13', '58')
const conditions = of('regulations', ['附加无关条件', 'unrelated conditions'], '19')
const procedure = of('regulations', ['认证程序', 'procedure'], '20', '21', '22', '23', '59')
const followUp = of('regulations', ['跟踪监督', 'follow-up'], '26', '59')
const falseConclusions = of('regulations', ['虚假结论', 'false conclusions'], '60', '61')
const reporting = [
  ...of('measures', ['信息报送', 'reporting'], '23'),
  ...of('measures', ['未按要求报送的处理', 'its sanctions'], '37(4)', '38'),
]

const articlesOfFinding: Readonly<Record<FindingKind, readonly Article[]>> = {
  bundling: conditions,
  paid_consulting: interests,
  other_cost_raising: conditions,
  out_of_scope: scope,
  procedure_added: procedure,
  procedure_reduced: procedure,
  procedure_skipped: procedure,
  false_result: falseConclusions,
  data_concealed: reporting,
  data_omitted: reporting,
  data_late: reporting,
  data_false: reporting,
  follow_up_missing: followUp,
}

/**
 * What the law says of a lapse of each duty. Feedback to the secretariat, answers to it and explanations are the alliance's
 * own: no article is cited against who owes them (R3, N4).
 */
const articlesOfDuty: Readonly<Record<Duty, readonly Article[]>> = {
  report_to_cnca: reporting,
  report_monthly: reporting,
  report_status_change: reporting,
  surveillance: followUp,
  feed_back: [],
  post_outcome: [],
  decide_suspension: [],
  explain_overdue: [],
  answer_assignment: [],
}

/** The articles for lapses and for the findings beside them; each once, with all that it is cited for. */
export function articlesFor(duties: readonly Duty[], kinds: readonly FindingKind[]): Article[] {
  const all = [...duties.flatMap((duty) => articlesOfDuty[duty]), ...kinds.flatMap((kind) => articlesOfFinding[kind])]
  const cited = groupedBy(all, ({ law, article }) => `${law} ${article}`)
  return [...cited.values()].flatMap(([first, ...others]) => (first ? [citedFor(first, others)] : []))
}

function citedFor(first: Article, others: readonly Article[]): Article {
  const said = (language: 0 | 1) => [...new Set([first, ...others].map(({ about }) => about[language]))]
  return { ...first, about: [said(0).join('、'), said(1).join(', ')] }
}
