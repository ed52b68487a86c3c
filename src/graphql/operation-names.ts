/** How long a name may be, and how many are told apart: whoever counts by them must not be made to count without end. */
const lengthMax = 64
const namesMax = 200

/** The name by which an operation is counted and traced: as the document has it, `anonymous` without one, `other` beyond. */
export function operationNames(most = namesMax): (name: string | null) => string {
  const known = new Set<string>()
  return (name) => {
    if (name === null) return 'anonymous'
    const short = name.slice(0, lengthMax)
    if (!known.has(short) && known.size >= most) return 'other'
    known.add(short)
    return short
  }
}
