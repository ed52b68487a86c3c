/** The 13 cities (设区市) with their GB/T 2260 codes, in the official order that every table prints (R5, R10). */
export const cities = [
  { code: '320100', zh: '南京市', en: 'Nanjing' },
  { code: '320200', zh: '无锡市', en: 'Wuxi' },
  { code: '320300', zh: '徐州市', en: 'Xuzhou' },
  { code: '320400', zh: '常州市', en: 'Changzhou' },
  { code: '320500', zh: '苏州市', en: 'Suzhou' },
  { code: '320600', zh: '南通市', en: 'Nantong' },
  { code: '320700', zh: '连云港市', en: 'Lianyungang' },
  { code: '320800', zh: '淮安市', en: "Huai'an" },
  { code: '320900', zh: '盐城市', en: 'Yancheng' },
  { code: '321000', zh: '扬州市', en: 'Yangzhou' },
  { code: '321100', zh: '镇江市', en: 'Zhenjiang' },
  { code: '321200', zh: '泰州市', en: 'Taizhou' },
  { code: '321300', zh: '宿迁市', en: 'Suqian' },
] as const satisfies readonly { code: string; zh: string; en: string }[]

export type CityCode = (typeof cities)[number]['code']

const codes: ReadonlySet<string> = new Set(cities.map((city) => city.code))

export function isCityCode(code: string): code is CityCode {
  return codes.has(code)
}

/**
 * The city of a six-digit division: 320102 lies in 320100. By its first four digits, so an abolished county still has a
 * city: the one whose number it bore, even where a younger city has its land today. Undefined outside the 13.
 */
export function cityOfDivision(code: string): CityCode | undefined {
  if (!/^[0-9]{6}$/.test(code)) return undefined
  const city = `${code.slice(0, 4)}00`
  return isCityCode(city) ? city : undefined
}
