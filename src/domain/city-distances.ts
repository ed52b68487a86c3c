import { type CityCode, cities, isCityCode } from './cities.ts'

/**
 * Longitude and latitude of the 13 cities in degrees: the centres that the district tables of the map services publish
 * for the divisions of GB/T 2260 (field `center` of 高德 行政区划查询, in GCJ-02), to 0.01°, which is about a kilometre.
 */
const centres: Readonly<Record<CityCode, readonly [longitude: number, latitude: number]>> = {
  '320100': [118.77, 32.04],
  '320200': [120.3, 31.57],
  '320300': [117.18, 34.26],
  '320400': [119.95, 31.77],
  '320500': [120.62, 31.3],
  '320600': [120.86, 32.02],
  '320700': [119.18, 34.6],
  '320800': [119.02, 33.6],
  '320900': [120.14, 33.38],
  '321000': [119.42, 32.39],
  '321100': [119.45, 32.2],
  '321200': [119.92, 32.48],
  '321300': [118.28, 33.96],
}

const earthRadiusKm = 6371

/** Whole kilometres in a straight line between two cities: a measure to compare by, not a road (N3). */
export function kilometresBetween(a: CityCode, b: CityCode): number {
  const [[longitudeA, latitudeA], [longitudeB, latitudeB]] = [centres[a].map(radians), centres[b].map(radians)] as [
    [number, number],
    [number, number],
  ]
  const haversine =
    Math.sin((latitudeB - latitudeA) / 2) ** 2 +
    Math.cos(latitudeA) * Math.cos(latitudeB) * Math.sin((longitudeB - longitudeA) / 2) ** 2
  return Math.round(2 * earthRadiusKm * Math.asin(Math.sqrt(haversine)))
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180
}

/** As far as two of the cities can be from each other: what an unknown distance counts as. */
export const kilometresMax = Math.max(...cities.flatMap((a) => cities.map((b) => kilometresBetween(a.code, b.code))))

export type NearestUnit = { readonly cityCode: string; readonly kilometres: number }

/** The nearest of the cities where a body's executing units are; null where either side's city is not known. */
export function nearestUnit(cityCode: string | null, unitCities: readonly (string | null)[]): NearestUnit | null {
  if (cityCode === null || !isCityCode(cityCode)) return null
  const distances = unitCities
    .filter((city) => city !== null && isCityCode(city))
    .map((city) => ({ cityCode: city as string, kilometres: kilometresBetween(cityCode, city as CityCode) }))
  distances.sort((a, b) => a.kilometres - b.kilometres || (a.cityCode < b.cityCode ? -1 : 1))
  return distances[0] ?? null
}
