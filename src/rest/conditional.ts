/** RFC 9110, 13.1.2: `*`, or a list in which the tag stands; weak or strong plays no part. */
export function isKnown(given: string | undefined, tag: string): boolean {
  if (given === undefined) return false
  return given.trim() === '*' || given.split(',').some((each) => each.trim().replace(/^W\//, '') === tag)
}
