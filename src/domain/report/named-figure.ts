import type { IndicatorId } from '../ranking/indicator.ts'
import type { RankedBody } from '../ranking/ranking.ts'
import type { ReportBody, ReportContent, ReportPace } from './content.ts'
import {
  type FigureName,
  figureId,
  figureIn,
  figureWords,
  parseFigureId,
  type ReportDutySet,
  unitOf,
} from './figure.ts'

/**
 * Everything that the report prints as a figure has an id by which it can be opened (R10): what is counted, what last
 * year's frozen set counted, the pace, the cells of the quality table, and how many bodies the tables have.
 */
export type ReportFigureName =
  | { readonly kind: 'count'; readonly name: FigureName }
  | { readonly kind: 'previous'; readonly name: FigureName }
  | { readonly kind: 'pace'; readonly of: PacePart }
  | { readonly kind: 'ranking'; readonly cell: RankingCell; readonly memberId: string }
  | { readonly kind: 'bodies'; readonly of: BodiesCounted }

type Words = readonly [zh: string, en: string]
type PacePart = keyof ReportPace

const paceParts: Readonly<Record<PacePart, Words>> = {
  median: [
    '报送用时中位数，报告期。报告期内到期并已报送的认证结果，从认证决定到报送的工作日数，居中的一项。',
    'Median pace, the period of the report. Working days from the decision to the report, of the reports due and made in the period: the one in the middle.',
  ],
  p90: [
    '报送用时第90百分位，报告期。报告期内到期并已报送的认证结果，九成在该工作日数以内。',
    'Pace of nine in ten, the period of the report. Nine in ten of the reports due and made in the period took so many working days or fewer.',
  ],
  slowest: [
    '最长报送用时，报告期。报告期内到期并已报送的认证结果中，用时最长的工作日数。',
    'Slowest pace, the period of the report. The most working days that a report due and made in the period took.',
  ],
}

/** Reports that were made, on time or late: what the pace is of. */
export const reportsMade: readonly ReportDutySet[] = ['report_on_time', 'report_late']

type Cell = {
  readonly name: Words
  readonly unit: string
  readonly value: (body: RankedBody) => number | null
  /** Of which rows it is made: of all that the score weighs, of the reports of the period, or of the years judged. */
  readonly rests: 'score' | 'reports' | 'judged_reports'
}

const onTime = ({ figures }: RankedBody) =>
  figures.find(({ indicator }) => indicator === ('on_time_cnca' satisfies IndicatorId))

const cells = {
  place: {
    name: [
      '质量位次。得分由高到低，同分同位',
      'place by quality. By score, the highest first; equal scores share a place',
    ],
    unit: '位',
    value: ({ quality }) => quality.place,
    rests: 'score',
  },
  points: {
    name: ['质量得分。依评价办法按观测值计算', 'score. Reckoned under the policy from what was observed'],
    unit: '分',
    value: ({ quality }) => quality.points,
    rests: 'score',
  },
  best: {
    name: ['位次区间的最好位次。真实水平可能所处的', 'best place of the rank interval that the true rates may lead to'],
    unit: '位',
    value: ({ quality }) => quality.places?.best ?? null,
    rests: 'score',
  },
  worst: {
    name: [
      '位次区间的最差位次。真实水平可能所处的',
      'worst place of the rank interval that the true rates may lead to',
    ],
    unit: '位',
    value: ({ quality }) => quality.places?.worst ?? null,
    rests: 'score',
  },
  on_time: {
    name: ['向国家认监委按期报送率。按期除以应报', 'share on time to CNCA. On time, of what was due'],
    unit: '（比率）',
    value: (body) => onTime(body)?.value ?? null,
    rests: 'reports',
  },
  on_time_low: {
    name: ['按期报送率可信区间的下限', 'lower end of the interval of the share on time to CNCA'],
    unit: '（比率）',
    value: (body) => onTime(body)?.low ?? null,
    rests: 'reports',
  },
  on_time_high: {
    name: ['按期报送率可信区间的上限', 'upper end of the interval of the share on time to CNCA'],
    unit: '（比率）',
    value: (body) => onTime(body)?.high ?? null,
    rests: 'reports',
  },
  contested: {
    name: ['应报之中回执有异议的，照常计入', 'reports due whose receipt is contested; they count all the same'],
    unit: '项',
    value: (body) => onTime(body)?.contested ?? null,
    rests: 'reports',
  },
  below_bar: {
    name: [
      '真实按期报送率低于评价线的可能性。依评价办法所看各年的报送',
      'chance that the true share on time lies below the bar, from the reports of the years that the policy looks at',
    ],
    unit: '（概率）',
    value: ({ judgement }) => judgement?.chanceBelowBar ?? null,
    rests: 'judged_reports',
  },
} as const satisfies Record<string, Cell>

export type RankingCell = keyof typeof cells

/** Which rows stand behind a cell of the quality table. */
export function restOf(cell: RankingCell): Cell['rests'] {
  return cells[cell].rests
}

type Tables = Pick<ReportContent, 'figures' | 'ranking' | 'bodies'>

const rankedIn = ({ ranking }: Pick<ReportContent, 'ranking'>) => ranking?.tables.tables[0]?.bodies ?? []

/** Bodies that the two tables count, and those that a table can’t place (R9). */
const bodiesCounted = {
  active: {
    name: [
      '有认证业务或持有有效证书的机构，报告期。报告期内完成认证结果、被给予认证任务（含谢绝的），或截止日持有有效和暂停证书的机构',
      'Bodies at work, the period of the report. With results completed or cases given to them in the period, declined ones among these, or live certificates at the cut-off',
    ],
    among: ({ bodies, figures }: Tables): readonly ReportBody[] =>
      bodies.filter(({ memberId }) => {
        const by = { dimension: 'member', key: memberId } as const
        const of = (set: 'completed' | 'assigned' | 'live', window: 'period' | 'cut_off') =>
          figureIn(figures, { set, window, by, counts: 'rows' })
        return of('completed', 'period') + of('assigned', 'period') + of('live', 'cut_off') > 0
      }),
  },
  ranked: {
    name: [
      '评价质量的机构，报告期。按评价办法数据足够、列有位次的机构',
      'Bodies ranked by quality, the period of the report. With data enough for a place under the policy',
    ],
    among: (content: Tables): readonly ReportBody[] =>
      rankedIn(content).filter(({ quality }) => quality.place !== null),
  },
  too_few: {
    name: [
      '数据不足、不作评价的机构，报告期。按评价办法数据不足以列出位次的机构',
      'Bodies that are not ranked, the period of the report. Without data enough for a place under the policy',
    ],
    among: (content: Tables): readonly ReportBody[] =>
      rankedIn(content).filter(({ quality }) => quality.place === null),
  },
} as const satisfies Record<
  string,
  { readonly name: Words; readonly among: (content: Tables) => readonly ReportBody[] }
>

export type BodiesCounted = keyof typeof bodiesCounted

/** The bodies that such a figure counts: the rows behind it. */
export function bodiesOfFigure(content: Tables, of: BodiesCounted): readonly ReportBody[] {
  return bodiesCounted[of].among(content)
}

/** `certified.period`, `previous.certified.period`, `pace.period.median`, `ranking.place.<member>`, `bodies.active`. */
export function reportFigureId(figure: ReportFigureName): string {
  switch (figure.kind) {
    case 'count':
      return figureId(figure.name)
    case 'previous':
      return `previous.${figureId(figure.name)}`
    case 'pace':
      return `pace.period.${figure.of}`
    case 'ranking':
      return `ranking.${figure.cell}.${figure.memberId}`
    case 'bodies':
      return `bodies.${figure.of}`
  }
}

const memberShape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Undefined where an id names no figure. */
export function parseReportFigureId(id: string): ReportFigureName | undefined {
  const [kind, ...rest] = id.split('.')
  if (kind === 'pace') {
    const of = (Object.keys(paceParts) as PacePart[]).find((part) => id === `pace.period.${part}`)
    return of && { kind, of }
  }
  if (kind === 'ranking') {
    const cell = (Object.keys(cells) as RankingCell[]).find((each) => each === rest[0])
    const memberId = rest.slice(1).join('.')
    return cell && memberShape.test(memberId) ? { kind, cell, memberId } : undefined
  }
  if (kind === 'bodies') {
    const of = (Object.keys(bodiesCounted) as BodiesCounted[]).find((each) => id === `bodies.${each}`)
    return of && { kind, of }
  }
  const isPrevious = kind === 'previous'
  const name = parseFigureId(isPrevious ? rest.join('.') : id)
  return name && { kind: isPrevious ? 'previous' : 'count', name }
}

type Valued = Pick<ReportContent, 'figures' | 'previous' | 'pace' | 'ranking' | 'bodies'>

/** Null where there is nothing to say: no report of last year, nothing reported, no body of that name ranked. */
export function valueOfFigure(content: Valued, figure: ReportFigureName): number | null {
  const { figures, previous, pace } = content
  switch (figure.kind) {
    case 'count':
      return figureIn(figures, figure.name)
    case 'previous':
      return previous && figureIn(previous.figures, figure.name)
    case 'pace':
      return pace?.[figure.of] ?? null
    case 'ranking': {
      const body = rankedIn(content).find(({ memberId }) => memberId === figure.memberId)
      return body ? cells[figure.cell].value(body) : null
    }
    case 'bodies':
      return bodiesOfFigure(content, figure.of).length
  }
}

/** The body that a figure is of; null where it is of all. */
export function memberOfFigure(figure: ReportFigureName): string | null {
  if (figure.kind === 'pace' || figure.kind === 'bodies') return null
  if (figure.kind === 'ranking') return figure.memberId
  return figure.name.by?.dimension === 'member' ? figure.name.by.key : null
}

/** What one of it is, as Chinese counts it. */
export function unitOfFigure(figure: ReportFigureName): string {
  if (figure.kind === 'pace') return '个工作日'
  if (figure.kind === 'bodies') return '家'
  return figure.kind === 'ranking' ? cells[figure.cell].unit : unitOf(figure.name)
}

/** What a figure says, in both languages. @param memberName of the body that it is of */
export function wordsOfFigure(
  figure: ReportFigureName,
  memberName: string | null,
): { readonly zh: string; readonly en: string } {
  switch (figure.kind) {
    case 'count':
      return figureWords(figure.name, memberName)
    case 'previous': {
      const { zh, en } = figureWords(figure.name, memberName)
      return { zh: `上年度报告的冻结数字：${zh}`, en: `As last year’s report was frozen: ${en}` }
    }
    case 'pace': {
      const [zh, en] = paceParts[figure.of]
      return { zh, en }
    }
    case 'ranking': {
      const [zh, en] = cells[figure.cell].name
      const name = memberName ?? figure.memberId
      return { zh: `${name}，${zh}。`, en: `${name}: ${en}.` }
    }
    case 'bodies': {
      const [zh, en] = bodiesCounted[figure.of].name
      return { zh: `${zh}。`, en: `${en}.` }
    }
  }
}

/** Whether last year's report, the ranking or a body of it is there at all. */
export function isFigureThere(content: Pick<Valued, 'previous' | 'ranking'>, figure: ReportFigureName): boolean {
  if (figure.kind === 'previous') return content.previous !== null
  return figure.kind !== 'ranking' || rankedIn(content).some(({ memberId }) => memberId === figure.memberId)
}

/** Pace, cells of the quality table and numbers of bodies, by their ids; what has nothing to say is left out. */
export function measuredFigures(content: Valued): Record<string, number> {
  const pace = (Object.keys(paceParts) as PacePart[]).map((of): ReportFigureName => ({ kind: 'pace', of }))
  const bodies = (Object.keys(bodiesCounted) as BodiesCounted[]).map((of): ReportFigureName => ({ kind: 'bodies', of }))
  const ranked = rankedIn(content).flatMap(({ memberId }) =>
    (Object.keys(cells) as RankingCell[]).map((cell): ReportFigureName => ({ kind: 'ranking', cell, memberId })),
  )
  const valued = [...pace, ...bodies, ...ranked].map(
    (figure) => [reportFigureId(figure), valueOfFigure(content, figure)] as const,
  )
  return Object.fromEntries(valued.flatMap(([id, value]) => (value === null ? [] : [[id, value]])))
}

export type ListedFigure = {
  readonly id: string
  readonly value: number
  readonly words: { readonly zh: string; readonly en: string }
}

/** Bodies by their ids: as they are named in a report, those that are in last year’s alone as they were then. */
export function bodyNames({
  bodies,
  previous,
}: Pick<ReportContent, 'bodies' | 'previous'>): ReadonlyMap<string, string> {
  return new Map([...(previous?.bodies ?? []), ...bodies].map(({ memberId, name }) => [memberId, name]))
}

/** Every figure with its value and words: what is counted and not nought, what is measured, and last year’s (R10). */
export function everyFigure(content: Valued): ListedFigure[] {
  const names = bodyNames(content)
  const before = Object.entries(content.previous?.figures ?? {}).map(
    ([id, value]) => [`previous.${id}`, value] as const,
  )
  const all = { ...content.figures, ...measuredFigures(content), ...Object.fromEntries(before) }
  return Object.entries(all).flatMap(([id, value]) => {
    const figure = parseReportFigureId(id)
    // What an earlier year counted may be counted no longer.
    if (!figure) return []
    return [{ id, value, words: wordsOfFigure(figure, names.get(memberOfFigure(figure) ?? '') ?? null) }]
  })
}

/** That rows which were recovered do not come to what was frozen (R4a); null where they do. */
export function disagreementWords(
  frozen: number | null,
  recovered: number | null,
): { readonly zh: string; readonly en: string } | null {
  if (frozen === recovered) return null
  return {
    zh: `按冻结时所知还原的数据行合计${recovered ?? '—'}，与冻结的数值${frozen ?? '—'}不符，以冻结的文件为准。`,
    en: `The rows recovered as known at the freeze come to ${recovered ?? 'nothing'}, not to the frozen ${frozen ?? 'nothing'}; the frozen document holds.`,
  }
}
