import { z } from 'zod'
import {
  type LadderRule,
  type MeasureStep,
  measureGroundNames,
  measureGrounds,
  measureKindNames,
  measureKinds,
  measureStateNames,
  measureStates,
  measureStepNames,
  measureSteps,
  stepOutcomeNames,
  stepOutcomes,
} from '../../domain/measure.ts'
import { canonicalJson } from '../../usecases/hashes.ts'
import { idInput } from '../../usecases/inputs.ts'
import { listLadderRules } from '../../usecases/measures/manage-ladder.ts'
import type { MeasureView } from '../../usecases/measures/measure-view.ts'
import { countAskedMeasures, measuresQuery, readMeasure, readMeasures } from '../../usecases/measures/read-measures.ts'
import { parsedArguments } from '../arguments.ts'
import { both, builder, under } from '../builder.ts'
import { connectionField } from '../connections.ts'
import { listField } from '../list-fields.ts'
import { singleField } from '../single-fields.ts'
import { enumOf } from './enums.ts'
import { memberOfRow } from './refs.ts'

const { said, maybe } = under('measures.read')

const KindEnum = enumOf('MeasureKind', both('处理措施', 'A rung of the ladder'), measureKinds, measureKindNames)
const GroundEnum = enumOf('MeasureGround', both('理由', 'Ground of a measure'), measureGrounds, measureGroundNames)
const StateEnum = enumOf('MeasureState', both('措施的状态', 'How a measure stands'), measureStates, measureStateNames)
const StepEnum = enumOf('MeasureStepKind', both('环节', 'Step of a measure'), measureSteps, measureStepNames)
const OutcomeEnum = enumOf('StepOutcome', both('结果', 'How a step came out'), stepOutcomes, stepOutcomeNames)

const StepRef = builder.objectRef<MeasureView['steps'][number]>('MeasureStep').implement({
  description: both('措施的一个环节', 'What happened to a measure'),
  fields: (t) => ({
    step: t.expose('step', { ...said('环节', 'Step'), type: StepEnum }),
    onDay: t.expose('onDay', { ...said('日期', 'Day'), type: 'Day' }),
    outcome: t.expose('outcome', { ...maybe('结果', 'How it came out'), type: OutcomeEnum }),
    mitigatedTo: t.expose('mitigatedTo', { ...maybe('减轻为', 'Lower rung that it was mitigated to'), type: KindEnum }),
    planDueOn: t.expose('planDueOn', { ...maybe('整改期限', 'Day for the rectification'), type: 'Day' }),
    appealUntilOn: t.expose('appealUntilOn', { ...maybe('申诉截止日', 'Last day to appeal'), type: 'Day' }),
    words: t.exposeString('words', said('内容', 'In words')),
    recordedByName: t.exposeString('recordedByName', said('办理人', 'By whom')),
  }),
})

const MeasureRef = builder.objectRef<MeasureView>('Measure').implement({
  description: both('对成员机构的处理措施', 'A measure against a member, with its steps (R8)'),
  fields: (t) => ({
    id: t.exposeID('id', said('编号', 'Id')),
    memberId: t.exposeID('memberId', said('成员机构编号', 'Id of the member')),
    kind: t.expose('kind', { ...said('提出的措施', 'The rung that was proposed'), type: KindEnum }),
    decidedKind: t.expose('decidedKind', { ...said('决定的措施', 'The rung that was decided'), type: KindEnum }),
    state: t.expose('state', { ...said('状态', 'State'), type: StateEnum }),
    ground: t.expose('ground', { ...said('理由', 'Ground'), type: GroundEnum }),
    reasons: t.exposeString('reasons', said('事由', 'Reasons in words')),
    proposedOn: t.expose('proposedOn', { ...said('提出日', 'Proposed on'), type: 'Day' }),
    replyUntilOn: t.expose('replyUntilOn', { ...said('答复截止日', 'Last day to reply'), type: 'Day' }),
    planDueOn: t.expose('planDueOn', { ...maybe('整改期限', 'Day for the rectification'), type: 'Day' }),
    factsSha256: t.exposeString('factsSha256', said('所依据事实的摘要', 'SHA-256 of the frozen facts')),
    recordedByName: t.exposeString('recordedByName', said('提出人', 'Proposed by')),
    steps: t.field({ ...said('各环节', 'Steps in order'), type: [StepRef], resolve: ({ steps }) => [...steps] }),
    member: t.field(memberOfRow),
  }),
})

connectionField('measures', {
  said: said('处理措施，按提出日', 'Measures by the day they were proposed'),
  name: 'Measure',
  node: MeasureRef,
  query: measuresQuery,
  filters: (arg) => ({
    memberId: arg.id({ description: both('成员机构编号', 'Id of a member') }),
    kind: arg({ type: KindEnum, description: both('提出的措施', 'The rung that was proposed') }),
    on: arg({ type: 'Day', description: both('所问之日，缺省为今天', 'The day asked for; today where absent') }),
  }),
  read: readMeasures,
  count: countAskedMeasures,
})

singleField('measure', {
  said: said('一项处理措施', 'One measure'),
  node: MeasureRef,
  isOfDay: true,
  read: readMeasure,
})

type Frozen = { readonly step: MeasureStep | null; readonly factsSha256: string; readonly factsJson: string }

const FrozenRef = builder.objectRef<Frozen>('FrozenFacts').implement({
  description: both(
    '措施所依据、已固定的事实',
    'What was frozen when a measure was proposed, or at a step of it (R4a, R8)',
  ),
  fields: (t) => ({
    step: t.expose('step', { ...maybe('环节；提出时为空', 'The step; null for the proposal'), type: StepEnum }),
    factsSha256: t.exposeString('factsSha256', said('事实的 SHA-256', 'SHA-256 of the facts')),
    factsJson: t.exposeString(
      'factsJson',
      said('事实，规范化 JSON（RFC 8785）', 'The facts as canonical JSON (RFC 8785)'),
    ),
  }),
})

const measureQuery = z.strictObject({ measureId: idInput })

listField('measureFacts', {
  said: maybe('一项措施在提出、决定、申诉决定和结案时固定的事实', 'What was frozen of a measure, from its proposal on'),
  node: FrozenRef,
  filters: (arg) => ({ measureId: arg.id({ required: true, description: both('措施编号', 'Id of the measure') }) }),
  read: async ({ registry, context }, given, limit) => {
    const { measureId } = parsedArguments(measureQuery, given)
    const { facts, factsSha256, factsOfSteps } = await readMeasure(registry, context, measureId)
    const all = [{ step: null, facts, factsSha256 }, ...factsOfSteps]
    return all.slice(0, limit).map(({ step, facts, factsSha256: sha256 }) => {
      return { step, factsSha256: sha256 ?? '', factsJson: canonicalJson(facts) }
    })
  },
})

const ofRules = under('session.read')

const LadderRuleRef = builder.objectRef<LadderRule>('LadderRule').implement({
  description: both('答复与申诉期限的一个版本', 'A version of the windows to reply and to appeal (R8)'),
  fields: (t) => ({
    version: t.exposeInt('version', ofRules.said('版本', 'Version')),
    effectiveOn: t.expose('effectiveOn', { ...ofRules.said('生效日', 'Holds from'), type: 'Day' }),
    replyWorkingDays: t.exposeInt('replyWorkingDays', ofRules.said('答复工作日', 'Working days to reply')),
    appealWorkingDays: t.exposeInt('appealWorkingDays', ofRules.said('申诉工作日', 'Working days to appeal')),
    clause: t.exposeString('clause', ofRules.said('依据', 'Clause')),
  }),
})

listField('ladderRules', {
  said: ofRules.maybe('答复与申诉期限的各版本', 'The windows of the ladder in all versions'),
  node: LadderRuleRef,
  read: async ({ registry }, _given, limit) => (await listLadderRules(registry)).items.slice(0, limit),
})
