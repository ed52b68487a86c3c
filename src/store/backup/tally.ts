import { createHash } from 'node:crypto'

/** How many rows, and the sum of their SHA-256 (eight sums of 32 bits, in hex): the order of the rows plays no part. */
export type Tally = { readonly rows: number; readonly sha256Sum: string }

const newline = 10

/** Counts the rows of COPY's text format, in which a line is a row. Chunks may end anywhere. */
export function newTally(): { add(chunk: Buffer): void; result(): Tally } {
  const sums = new Uint32Array(8)
  let rows = 0
  let rest = Buffer.alloc(0)
  const addRow = (row: Buffer) => {
    const digest = createHash('sha256').update(row).digest()
    for (let part = 0; part < 8; part += 1) sums[part] = (sums[part] ?? 0) + digest.readUInt32BE(part * 4)
    rows += 1
  }
  return {
    add(chunk) {
      let from = 0
      for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
        const row = chunk.subarray(from, end)
        addRow(rest.length === 0 ? row : Buffer.concat([rest, row]))
        rest = Buffer.alloc(0)
        from = end + 1
      }
      if (from < chunk.length) rest = Buffer.concat([rest, chunk.subarray(from)])
    },
    result: () => ({ rows, sha256Sum: [...sums].map((sum) => sum.toString(16).padStart(8, '0')).join('') }),
  }
}

export function isSameTally(one: Tally, other: Tally): boolean {
  return one.rows === other.rows && one.sha256Sum === other.sha256Sum
}
