import type { Figure } from '../../domain/figure.ts'
import type { MemberFigures } from '../../domain/member-figures.ts'
import { both, builder, under } from '../builder.ts'

const anyone = under('session.read')

/** A figure says what it was made of (R9). */
export const FigureType = builder.objectRef<Figure>('Figure').implement({
  description: both('一项指标及其构成', 'One measured figure, with what it was made of and the day it holds for (R9)'),
  fields: (t) => ({
    value: t.exposeFloat(
      'value',
      anyone.maybe('值；无可计量时为空', 'The value; null where nothing is there to measure'),
    ),
    numerator: t.exposeInt('numerator', anyone.said('分子', 'Numerator')),
    denominator: t.exposeInt(
      'denominator',
      anyone.maybe('分母；单纯计数时为空', 'Denominator; null for a plain count'),
    ),
    asOf: t.expose('asOf', { ...anyone.said('截至之日', 'The day it holds for'), type: 'Day' }),
  }),
})

/** What each figure is called; one without a name does not compile. */
const names: Readonly<Record<keyof MemberFigures, readonly [zh: string, en: string]>> = {
  liveCertificates: ['有效证书（含暂停）', 'Certificates valid or suspended'],
  suspendedCertificates: ['其中暂停', 'Those of them that are suspended'],
  expiring30: ['30 天内到期', 'Live, and ending within 30 days'],
  expiring90: ['90 天内到期', 'Live, and ending within 90 days'],
  expiring180: ['180 天内到期', 'Live, and ending within 180 days'],
  results12Months: ['近十二个月认证结果', 'Results decided in the twelve months, refusals included'],
  open: ['未到期义务', 'Obligations open and not yet due soon'],
  dueSoon: ['即将到期义务', 'Obligations due soon'],
  overdue: ['逾期未报', 'Obligations open and past due; never the late ones'],
  onTimeToCnca: ['按期上报认监委', 'Reports to CNCA on time, of those due in the twelve months (N4)'],
  onTimeToSecretariat: ['按期反馈秘书处', 'Feedback to the secretariat on time, of that due in the twelve months (N4)'],
  lateToCnca: ['迟报认监委', 'Reports to CNCA of the twelve months that were met late'],
  contestedToCnca: ['被质疑的上报', 'Reports to CNCA whose receipt the regulator contests'],
}

const { said } = under('obligations.read')

export const FiguresType = builder.objectRef<MemberFigures>('Figures').implement({
  description: both('看板各项指标', 'The figures of a dashboard, of one member or of several together'),
  fields: (t) => {
    const figure = (name: keyof MemberFigures) => t.expose(name, { ...said(...names[name]), type: FigureType })
    return Object.fromEntries(Object.keys(names).map((name) => [name, figure(name as keyof MemberFigures)]))
  },
})
