import { cleanCell } from './cells.ts'

/** The four product families, in the order that every table prints (R5, R10). */
export const families = [
  { code: 'agriculture', zh: '农产', en: 'Agriculture' },
  { code: 'manufacturing', zh: '制造', en: 'Manufacturing' },
  { code: 'services', zh: '服务', en: 'Services' },
  { code: 'construction', zh: '建造', en: 'Construction' },
] as const satisfies readonly { code: string; zh: string; en: string }[]

export type Family = (typeof families)[number]['code']

export const familyOrder: readonly Family[] = families.map((family) => family.code)

/** What members' tables say besides, without the closing 类 (农产品类, 服务业类). */
const familiesByText: ReadonlyMap<string, Family> = new Map([
  ...families.flatMap(({ code, zh }) => [[code, code] as const, [zh, code] as const]),
  ['农产品', 'agriculture'],
  ['农业', 'agriculture'],
  ['农林牧渔', 'agriculture'],
  ['农林牧渔业', 'agriculture'],
  ['农、林、牧、渔业', 'agriculture'],
  ['制造业', 'manufacturing'],
  ['制造产品', 'manufacturing'],
  ['工业', 'manufacturing'],
  ['工业品', 'manufacturing'],
  ['工业产品', 'manufacturing'],
  ['服务业', 'services'],
  ['service', 'services'],
  ['建造业', 'construction'],
  ['建筑', 'construction'],
  ['建筑业', 'construction'],
  ['建筑工程', 'construction'],
  ['建设工程', 'construction'],
  ['工程建设', 'construction'],
])

export function isFamily(text: string): text is Family {
  return familyOrder.some((family) => family === text)
}

/** The family that a cell names by its code, its Chinese name or a usual variant of it; undefined when none. */
export function familyFromText(text: string): Family | undefined {
  return familiesByText.get(cleanCell(text).toLowerCase().replace(/类$/, ''))
}
