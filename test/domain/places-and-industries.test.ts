import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import t from 'tap'
import { cities, cityOfDivision, isCityCode } from '../../src/domain/cities.ts'
import { families, familyFromText, familyOrder, isFamily } from '../../src/domain/families.ts'
import {
  industriesWithin,
  industryContains,
  industryName,
  isIndustryCode,
  normaliseIndustryCode,
} from '../../src/domain/industries.ts'

const realDataDir = process.env.REAL_DATA_DIR
const skip = realDataDir === undefined ? 'REAL_DATA_DIR is not set' : false
const readReal = (file: string) => readFileSync(join(realDataDir ?? '', file), 'utf8')

// ---- cities (R5, R10)

t.test('the thirteen cities stand in the official order', async (t) => {
  t.equal(
    cities.map((city) => city.zh.replace('市', '')).join(' '),
    '南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁',
  )
  t.same(
    cities.map((city) => city.code),
    cities.map((city) => city.code).toSorted(),
  )
})

t.test('a county lies in the city of its first four digits', async (t) => {
  const table = [
    ['320102', '320100'],
    ['320583', '320500'],
    ['321300', '321300'],
    ['320103', '320100'], // 白下区, abolished in 2013
    ['320000', undefined],
    ['321400', undefined],
    ['310101', undefined],
    ['3201', undefined],
    ['320102001', undefined],
    ['', undefined],
  ] as const
  for (const [division, city] of table) t.equal(cityOfDivision(division), city, division)
  t.ok(isCityCode('320100'))
  t.notOk(isCityCode('320102'))
})

t.test('the cities and their counties are those of GB/T 2260', { skip }, async (t) => {
  type Division = { code: string; name: string }
  const official: { cities: (Division & { counties: Division[] })[] } = JSON.parse(readReal('jiangsu-divisions.json'))
  t.same(
    cities.map(({ code, zh }) => ({ code, name: zh })),
    official.cities.map(({ code, name }) => ({ code, name })),
  )
  const strays = official.cities.flatMap((city) =>
    city.counties.filter((county) => cityOfDivision(county.code) !== city.code),
  )
  t.same(strays, [])
})

// ---- families (R5)

t.test('the four families stand in the order of the notice', async (t) => {
  t.same(familyOrder, ['agriculture', 'manufacturing', 'services', 'construction'])
  t.equal(families.map((family) => family.zh).join(' '), '农产 制造 服务 建造')
  t.ok(isFamily('services'))
  t.notOk(isFamily('服务'))
})

t.test('a family is known by its code, its name and the usual variants', async (t) => {
  const table = [
    ['agriculture', 'agriculture'],
    ['农产', 'agriculture'],
    ['农产品', 'agriculture'],
    ['农产品类', 'agriculture'],
    [' 制造业　', 'manufacturing'],
    ['制造类', 'manufacturing'],
    ['工业产品', 'manufacturing'],
    ['Ｓervices', 'services'],
    ['Service', 'services'],
    ['服务业', 'services'],
    ['建造', 'construction'],
    ['建筑业', 'construction'],
    ['建筑', 'construction'],
    ['', undefined],
    ['类', undefined],
    ['其他', undefined],
    ['制造服务', undefined],
  ] as const
  for (const [text, family] of table) t.equal(familyFromText(text), family, text)
})

// ---- industries (R5, GB/T 4754-2017)

t.test('an industry has a name at every level', async (t) => {
  const table = [
    ['C', '制造业'],
    ['13', '农副食品加工业'],
    ['131', '谷物磨制'],
    ['1311', '稻谷加工'],
    ['061', '烟煤和无烟煤开采洗选'], // a group with one class bears its name
    ['0610', '烟煤和无烟煤开采洗选'],
    ['374', '航空、航天器及设备制造'],
    ['3741', '飞机制造'],
    ['97', '国际组织'],
    ['99', undefined],
    ['c', undefined],
    ['', undefined],
  ] as const
  for (const [code, name] of table) {
    t.equal(industryName(code), name, code)
    t.equal(isIndustryCode(code), name !== undefined)
  }
})

t.test('a section contains its divisions, a division its groups, a group its classes', async (t) => {
  const table = [
    ['C', '13', true],
    ['C', '1311', true],
    ['13', '131', true],
    ['131', '1311', true],
    ['13', '1311', true],
    ['061', '0610', true],
    ['1311', '1311', true],
    ['C', 'C', true],
    ['A', '1311', false],
    ['131', '13', false],
    ['13', 'C', false],
    ['132', '1311', false],
    ['1', '13', false],
    ['', '13', false],
    ['C', '9999', false],
    ['T', '9700', true],
  ] as const
  for (const [broad, narrow, contained] of table)
    t.equal(industryContains(broad, narrow), contained, `${broad} ⊇ ${narrow}`)
})

t.test('all that lies in an industry, itself included', async (t) => {
  t.same(industriesWithin('061'), ['061', '0610'])
  t.ok(industriesWithin('C').includes('3411') && !industriesWithin('C').includes('0111'))
  t.same(industriesWithin('nothing'), [])
})

t.test('an industry may be typed with its section or without', async (t) => {
  const table = [
    ['A0111', '0111'],
    ['0111', '0111'],
    ['a0111', '0111'],
    ['Ａ０１１１　', '0111'],
    ['A', 'A'],
    ['c', 'C'],
    ['C13', '13'],
    ['C0111', undefined],
    ['1', undefined],
    ['AA', undefined],
    ['01111', undefined],
    ['', undefined],
  ] as const
  for (const [text, code] of table) t.equal(normaliseIndustryCode(text), code, text)
})

t.test('the industries are those of GB/T 4754-2017', { skip }, async (t) => {
  type Row = { section: string; division: string; group: string; class: string; name_zh: string }
  const rows: Row[] = parse(readReal('gbt4754-2017.csv'), { columns: true, bom: true })
  // The file mixes brackets of both widths, and gives 飞机制造 the code of its group; in the standard it is 3741.
  const official = rows.map((row) => ({
    section: row.section,
    code: row.name_zh === '飞机制造' ? '3741' : row.class || row.group || row.division || row.section,
    name: row.name_zh.trim().replace('(', '（').replace(')', '）'),
  }))
  t.same(
    official.filter(({ code, name }) => industryName(code) !== name),
    [],
    'every name is carried over',
  )
  t.same(
    official.filter(({ section, code }) => !industryContains(section, code)),
    [],
    'every code lies in its section',
  )
  const groups = new Set(official.map(({ code }) => code.slice(0, 3)).filter((group) => group.length === 3))
  t.equal(groups.size, 473)
  t.ok([...groups].every(isIndustryCode), 'every group has a name, with a line of its own or not')
  const known = Array.from({ length: 10_000 }, (_, number) => String(number).padStart(4, '0')).filter(isIndustryCode)
  t.same(
    known,
    official.map(({ code }) => code).filter((code) => code.length === 4),
    'and there is no class besides',
  )
})
