import {
  execute,
  type GraphQLArgument,
  type GraphQLObjectType,
  getNamedType,
  isObjectType,
  isRequiredArgument,
  parse,
} from 'graphql'
import t from 'tap'
import type { z } from 'zod'
import { accessMatrix, type Permission, roles } from '../../src/domain/access.ts'
import { makeCreditCode } from '../../src/domain/credit-code.ts'
import { groupedBy } from '../../src/domain/grouped.ts'
import { plainDate } from '../../src/domain/plain-date.ts'
import { Refusal } from '../../src/domain/refusals.ts'
import { askingOf } from '../../src/graphql/asking.ts'
import { newBuilder } from '../../src/graphql/builder.ts'
import { readDocument, requirePermissions } from '../../src/graphql/read-document.ts'
import { permissionOf } from '../../src/graphql/required-permission.ts'
import { schema } from '../../src/graphql/schema.ts'
import { newId } from '../../src/ids.ts'
import { insertApplication } from '../../src/store/applications.ts'
import { documentInput, publishDocument } from '../../src/usecases/alliance/manage-documents.ts'
import { capacityInput, stateCapacity } from '../../src/usecases/assignments/manage-capacities.ts'
import { conflictInput, declareConflict } from '../../src/usecases/assignments/manage-conflicts.ts'
import { proposeBatch } from '../../src/usecases/assignments/propose-batch.ts'
import { batchInput, recordBatch } from '../../src/usecases/assignments/record-batch.ts'
import { caseConclusionInput, concludeCase, replyToCase } from '../../src/usecases/conduct/conclude-case.ts'
import { caseInput, openCase } from '../../src/usecases/conduct/open-case.ts'
import { keepPack, packInput } from '../../src/usecases/evidence/keep-pack.ts'
import { measureInput, proposeMeasure } from '../../src/usecases/measures/propose-measure.ts'
import { applicationInput } from '../../src/usecases/members/manage-applications.ts'
import { bulletinInput, openBulletin } from '../../src/usecases/ranking/open-bulletin.ts'
import { recordVisit, visitInput } from '../../src/usecases/surveillance/record-visit.ts'
import { draft, fill as fillLines, line } from '../support/announcements.ts'
import { bodyOf, post } from '../support/asking.ts'
import { startTestServer } from '../support/databases.ts'
import {
  askGraphql,
  type Field,
  objectTypes,
  piecesOf,
  problemsIn,
  rootFields,
  typeOf,
  written,
} from '../support/graphql.ts'
import { newService } from '../support/services.ts'

const start = '2026-11-20T02:00:00Z'
const unknownId = '01958d5e-0000-7000-8000-000000000000'
const server = await startTestServer()
t.teardown(() => server.stop())
const service = await newService(server, start)
t.teardown(() => service.close())
const { app, registry, memberIds } = service

const permission = (field: Field): Permission => {
  const found = permissionOf(field)
  if (found === undefined) throw new Error(`${field.name} has no permission`)
  return found
}

t.test('a field without a permission is not built', async (t) => {
  const builder = newBuilder()
  builder.queryType({ fields: (t) => ({ secret: t.string({ resolve: () => 'x' } as never) }) })
  t.throws(() => builder.toSchema(), /Query\.secret has no permission/)
  for (const type of objectTypes)
    for (const field of Object.values(type.getFields())) t.ok(permissionOf(field), `${type.name}.${field.name}`)
})

t.test('nothing can be written, and nothing is pushed', async (t) => {
  t.notOk(schema.getMutationType())
  t.notOk(schema.getSubscriptionType())
  t.match(schema.description, /只读.*Read-only/s)
})

t.test('every type, field, argument and value says what it is, Chinese first', async (t) => {
  const said = Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith('__') && !['String', 'Int', 'Float', 'Boolean', 'ID'].includes(name))
    .flatMap((type) => {
      const parts = 'getFields' in type ? Object.values(type.getFields()) : 'getValues' in type ? type.getValues() : []
      return [
        [type.name, type.description] as const,
        ...parts.flatMap((part) => [
          [`${type.name}.${part.name}`, part.description] as const,
          ...('args' in part
            ? (part.args as readonly GraphQLArgument[]).map(
                (arg) => [`${type.name}.${part.name}(${arg.name})`, arg.description] as const,
              )
            : []),
        ]),
      ]
    })
  t.ok(said.length > 300)
  t.same(
    said
      .filter(
        ([, description]) =>
          !/\p{Script=Han}|^withdrawn|^registered|^self_selected|^product /u.test(description?.split(' / ')[0] ?? '') ||
          !/ \/ .*[a-z]/i.test(description ?? ''),
      )
      .map(([name]) => name),
    [],
  )
})

let things = {} as Record<'a' | 'b', Awaited<ReturnType<typeof fill>>>
t.before(async () => {
  things = { a: await fill('a', 'MA0XX201'), b: await fill('b', 'MA0XX202') }
  // A bulletin is everybody's; of its draft each sees its own part.
  const october = bulletinInput.parse({ from: '2026-10-01', until: '2026-10-31' })
  await openBulletin(registry, service.as('secretariat'), october)
  shared = await fillShared()
})

/** What belongs to no member: a document, a batch with its proposal, an announcement. */
let shared: Readonly<Record<string, string>> = {}

async function fillShared() {
  const as = service.as('secretariat')
  const document = await publishDocument(
    registry,
    as,
    documentInput.parse({
      code: 'charter',
      kind: 'charter',
      title: '示例章程',
      body: '示例',
      validFromOn: '2026-11-20',
    }),
  )
  const one = {
    enterprise: { creditCode: makeCreditCode('91', '320100', 'MA0XX203'), name: '示例企业', cityCode: '320100' },
    kind: 'product',
    productName: '示例产品',
    family: 'manufacturing',
    standards: ['Q/EXAMPLE 001-2025'],
  }
  const { answer: batch } = await recordBatch(registry, as, batchInput.parse({ name: '示例', cases: [one] }))
  const proposal = await proposeBatch(registry, as, batch.id, { seed: '示例' })
  const period = packInput.parse({ memberId: memberIds.a, from: '2026-10-01', until: '2026-10-31' })
  const { answer: pack } = await keepPack(registry, as, period, undefined)
  const announcement = await draft(service)
  await fillLines(service, announcement.id, [line('SL-one')])
  return {
    document: document.id,
    assignmentBatch: batch.id,
    batch: batch.id,
    proposal: proposal.id,
    evidencePack: pack.id,
    announcement: announcement.id,
  }
}

/** A row of each kind of one member, marked with its letter. */
async function fill(member: 'a' | 'b', organisation: string) {
  const as = service.as('member', member)
  const name = `示例企业${member}`
  const enterprise = { creditCode: makeCreditCode('91', '320100', organisation), name, cityCode: '320100' }
  const body = bodyOf(
    `own-${member}`,
    { enterprise },
    { product: { name: `示例产品${member}`, models: [`M-${member}`] } },
  )
  const { answer } = await post(service, body, { as })
  const visit = visitInput.parse({ outcome: 'nonconforming', visitedOn: '2026-11-20', summary: `示例${member}` })
  await recordVisit(registry, as, answer.certificate!.id, visit, undefined)
  const warning = measureInput.parse({ kind: 'warning', reasons: `示例${member}` })
  const { answer: proposed } = await proposeMeasure(
    registry,
    service.as('secretariat'),
    memberIds[member],
    warning,
    undefined,
  )
  const audit = { source: 'file_audit', memberId: memberIds[member], words: `示例${member}`, occurredOn: '2026-11-19' }
  const { answer: opened } = await openCase(registry, service.as('secretariat'), caseInput.parse(audit), undefined)
  await replyToCase(registry, as, opened.id, { words: '示例' })
  const found = { kind: 'data_late', grade: 'general', words: `示例${member}` }
  const conclusion = caseConclusionInput.parse({ outcome: 'substantiated', words: '示例', findings: [found] })
  const { findings } = await concludeCase(registry, service.as('secretariat'), opened.id, conclusion)
  const letter = applicationInput.parse({ appliedOn: '2023-12-01', words: `示例${member}` })
  await keepApplication(memberIds[member], letter)
  const { enterpriseId } = answer.result
  const conflict = { enterpriseId, kind: 'consulting', declaredBy: '示例', fromOn: '2020-01-01', untilOn: '2020-12-31' }
  await declareConflict(registry, as, conflictInput.parse(conflict))
  const capacity = { memberId: memberIds[member], year: 2025, cases: 9, statedBy: '示例' }
  await stateCapacity(registry, service.as('secretariat'), capacityInput.parse(capacity))
  const given = await assignment(member, { ...enterprise, name })
  return {
    member: memberIds[member],
    enterprise: answer.result.enterpriseId,
    result: answer.result.id,
    certificate: answer.certificate!.id,
    obligation: answer.obligations.find(({ duty }) => duty === 'report_to_cnca')!.id,
    assignment: given,
    replaces: given,
    conductCase: opened.id,
    measure: proposed.id,
    finding: findings[0]!.id,
  } as Readonly<Record<string, string>>
}

/** An application of a body that is in the alliance: none is recorded of one that is. */
async function keepApplication(memberId: string, { appliedOn, words }: z.infer<typeof applicationInput>) {
  await insertApplication(registry.db, {
    id: newId(new Date(start)),
    memberId,
    appliedOn,
    words,
    outcome: 'admitted',
    ground: '示例',
    closedOn: plainDate('2024-01-02'),
    closedAt: new Date(start),
    closedBy: 'test',
    recordedAt: new Date(start),
    recordedBy: 'test',
  })
}

async function assignment(member: 'a' | 'b', enterprise: object): Promise<string> {
  const answer = await app.inject({
    method: 'POST',
    url: '/v1/assignments',
    headers: await service.bearer('secretariat'),
    payload: {
      memberId: memberIds[member],
      enterprise,
      kind: 'product',
      productName: `示例产品${member}`,
      family: 'manufacturing',
      standards: ['Q/EXAMPLE 001-2025'],
      mode: 'secretariat_assigned',
      assignedOn: '2026-11-01',
    },
  })
  return answer.json().id
}

// ---- Every field × every role

type Way = { readonly fields: readonly Field[]; readonly text: (last: string) => string }

/** With ids of rows that are there, so that the way does not end before the field. */
const asked = (field: Field) =>
  written(field, {
    id: `"${things.a[field.name] ?? shared[field.name]}"`,
    documentId: `"${shared.document}"`,
    batchId: `"${shared.batch}"`,
    proposalId: `"${shared.proposal}"`,
    measureId: `"${things.a.measure}"`,
    // A pack is of one thing, here of a body in a period.
    ...(isOfMember(field) || field.name === 'evidence' ? { memberId: `"${things.a.member}"` } : {}),
    announcementId: `"${shared.announcement}"`,
  })

/** A list of one member, which must be named. */
const isOfMember = (field: Field) => needs(field, 'memberId')

/** What is asked of one thing alone, by its id. */
const isOfOne = (field: Field) => ['id', 'measureId'].some((name) => needs(field, name))

const needs = (field: Field, name: string) =>
  field.args.some((argument) => argument.name === name && isRequiredArgument(argument))

/** The shortest way from the root to each type, found in the schema. */
function waysToTypes(): Map<string, Way> {
  const ways = new Map<string, Way>([['Query', { fields: [], text: (last) => `{ ${last} }` }]])
  const queue: GraphQLObjectType[] = [schema.getQueryType()!]
  for (let type = queue.shift(); type; type = queue.shift()) {
    const way = ways.get(type.name)!
    for (const field of Object.values(type.getFields())) {
      const inner = getNamedType(field.type)
      if (!isObjectType(inner) || ways.has(inner.name)) continue
      ways.set(inner.name, {
        fields: [...way.fields, field],
        text: (last) => way.text(`${asked(field)} { ${last} }`),
      })
      queue.push(inner)
    }
  }
  return ways
}

const ways = waysToTypes()

/** One document for each field of each type: the way to it, and the field. */
function documents() {
  return objectTypes.flatMap((type) =>
    Object.values(type.getFields()).map((field) => {
      const way = ways.get(type.name)!
      const inner = isObjectType(getNamedType(field.type)) ? ' { __typename }' : ''
      const fields = [...way.fields, field]
      return {
        name: `${type.name}.${field.name}`,
        text: way.text(`${asked(field)}${inner}`),
        names: fields.map(({ name }) => name),
        permissions: fields.map(permission),
      }
    }),
  )
}

/** For each type and each permission, one document with all the fields of the type that need it. */
function documentsOfTypes() {
  return objectTypes.flatMap((type) => {
    const way = ways.get(type.name)!
    const byPermission = groupedBy(Object.values(type.getFields()), permission)
    return [...byPermission].flatMap(([needed, fields]) =>
      fields
        .filter((_, at) => at % 8 === 0)
        .map((_, part) => {
          const some = fields.slice(part * 8, part * 8 + 8)
          const texts = some.map(
            (field) => `${asked(field)}${isObjectType(getNamedType(field.type)) ? ' { __typename }' : ''}`,
          )
          return {
            name: `${type.name}: ${some.map(({ name }) => name)}`,
            text: way.text(texts.join(' ')),
            permissions: [...way.fields.map(permission), needed],
          }
        }),
    )
  })
}

t.test('every field of every type can be reached from the root', async (t) => {
  t.same(
    objectTypes.map(({ name }) => name).filter((name) => !ways.has(name)),
    [],
  )
  t.ok(documents().length > 200)
})

for (const role of roles) {
  const mayAsk = (permissions: readonly Permission[]) =>
    permissions.every((each) => accessMatrix[each][role] !== 'none')

  t.test(`the role ${role} may ask for each field that the table of access gives it, and for no other`, async (t) => {
    const { actor } = service.as(role)
    const wrong = documents().filter(({ text, permissions }) => {
      const codes = refusalsOf(() => requirePermissions(readDocument(schema, text), actor))
      return mayAsk(permissions) ? codes.length > 0 : codes.length === 0 || codes.some((code) => code !== 'forbidden')
    })
    t.same(wrong, [])
  })

  t.test(`and the role ${role} is answered so by the service`, async (t) => {
    const headers = await service.bearer(role)
    const wrong: string[] = []
    for (const { name, text, permissions } of documentsOfTypes()) {
      const { status, data, errors = [] } = await askGraphql(app, headers, text)
      const codes = errors.map(({ extensions }) => extensions?.code)
      const asExpected = mayAsk(permissions)
        ? status === 200 && codes.length === 0
        : status === 403 && codes.join() === 'forbidden' && data === undefined
      if (!asExpected) wrong.push(`${name}: ${status} ${codes}`)
    }
    t.same(wrong, [])
  })

  t.test(`and were the face to forget it, the use cases would refuse the role ${role} all the same`, async (t) => {
    const wrong: string[] = []
    for (const { name, names, text } of documents().filter(({ permissions }) => !mayAsk(permissions))) {
      const contextValue = askingOf(registry, service.as(role))
      const { data, errors = [] } = await execute({ schema, document: parse(text), contextValue })
      const codes = errors.map(
        ({ originalError }) => originalError instanceof Refusal && originalError.problems[0].code,
      )
      if (!codes.includes('forbidden') && valueAt(data, names) !== null) wrong.push(`${name}: ${codes}`)
    }
    t.same(wrong, [])
  })
}

function refusalsOf(work: () => void): string[] {
  try {
    work()
    return []
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return error.problems.map(({ code }) => code)
  }
}

/** What stands at the end of the way; of lists, in the first row. */
function valueAt(data: unknown, names: readonly string[]): unknown {
  let value: unknown = data
  for (const name of names) {
    if (Array.isArray(value)) [value] = value
    if (value === null || value === undefined) return null
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

// ---- Own and foreign rows

const asMember = async (member: 'a' | 'b', query: string) =>
  askGraphql(app, await service.bearer('member', member), query)

/** Which ids and words of a member stand in a text. */
function marksOf(member: 'a' | 'b', text: string): string[] {
  const name = member === 'a' ? '示例甲认证中心' : '示例乙认证中心'
  const words = [`示例企业${member}`, `示例产品${member}`, `own-${member}`, `M-${member}`, name]
  return [...Object.values(things[member]), ...words].filter((mark) => text.includes(mark))
}

/** What is for others alone is not asked as a member. */
const ofMembers = rootFields.filter((field) => accessMatrix[permission(field)].member !== 'none')

/** Documents are everybody's, and nobody leaves here. */
const withoutRows = ['allianceDocuments', 'dispositions']

t.test('whatever a member asks, with all that hangs on it, nothing of another is in the answer', async (t) => {
  for (const field of ofMembers.filter((field) => !isOfMember(field) && !isOfOne(field))) {
    const queries = piecesOf(typeOf(field), (inner) => `{ ${written(field)} ${inner} }`)
    for (const [member, other] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const own = new Set<string>()
      for (const query of queries) {
        const answer = await asMember(member, query)
        t.same([answer.status, problemsIn(answer)], [200, []], query)
        t.same(marksOf(other, answer.text), [], `nothing of ${other}: ${query}`)
        for (const mark of marksOf(member, answer.text)) own.add(mark)
      }
      if (field.type.toString().endsWith('Connection') && !withoutRows.includes(field.name))
        t.ok(own.size >= 2, `${field.name}: and what is ${member}'s own`)
    }
  }
})

t.test('a total counts what one may see, and no more', async (t) => {
  const counted = (field: Field) => 'totalCount' in typeOf(field).getFields()
  for (const field of ofMembers.filter(counted)) {
    for (const member of ['a', 'b'] as const) {
      const { data } = await asMember(member, `{ ${field.name} { totalCount { count } nodes { id } } }`)
      const { totalCount, nodes } = data[field.name]
      t.equal(totalCount.count, nodes.length, `${field.name} of ${member}`)
      t.ok(nodes.length > 0 && nodes.length < 20)
    }
  }
})

t.test('a document that asks for too much is refused as a whole, and told what it must not ask', async (t) => {
  const query =
    '{ viewer { role } members { nodes { name figures { overdue { value } } } } certificates { nodes { id } } }'
  const answer = await askGraphql(app, await service.bearer('administrator'), query)
  t.match(answer, { status: 403, data: undefined })
  t.same(problemsIn(answer).sort(), ['forbidden@Member.figures', 'forbidden@Query.certificates'])
})

t.test('a foreign id is answered like one that does not exist, wherever an id can be given', async (t) => {
  for (const field of rootFields) {
    for (const { name } of field.args.filter(({ name }) => name === 'id' || name.endsWith('Id'))) {
      const kind = name === 'id' ? field.name : name.replace(/Id$/, '')
      const [ofFirst, ofSecond] = [things.a[kind] ?? shared[kind], things.b[kind] ?? shared[kind]]
      t.ok(ofFirst, `there is a ${kind} of a to ask for: ${field.name}(${name})`)
      const ask = (id: string | undefined, shape = '{ __typename }') =>
        asMember('b', `{ ${written(field, { ...required, [name]: `"${id}"` })} ${shape} }`)
      const required = {
        batchId: `"${shared.batch}"`,
        proposalId: `"${shared.proposal}"`,
        announcementId: `"${shared.announcement}"`,
      }
      const [ofA, ofNobody] = [await ask(ofFirst), await ask(unknownId)]
      t.same(withoutIds(ofA.text), withoutIds(ofNobody.text), `${field.name}(${name}): the same answer`)
      t.same(marksOf('a', ofA.text), [], `${field.name}(${name}): and nothing of a`)
      const expected = ofMembers.includes(field) ? [] : [`forbidden@Query.${field.name}`]
      t.same(problemsIn(await ask(ofSecond)), expected, `${field.name}(${name}): one's own, where it is for members`)
    }
  }
})

function withoutIds(text: string): unknown {
  return JSON.parse(text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'an id'))
}

t.test('the regulator and the secretariat are answered the rows of every member', async (t) => {
  for (const role of ['regulator', 'secretariat', 'office'] as const) {
    const headers = await service.bearer(role)
    for (const [kind, id] of [...Object.entries(things.a), ...Object.entries(things.b)]) {
      if (kind === 'replaces') continue
      const answer = await askGraphql(app, headers, `{ ${kind}(id: "${id}") { id } }`)
      t.match(answer, { status: 200, data: { [kind]: { id } } }, `${role}: ${kind}`)
    }
  }
})
