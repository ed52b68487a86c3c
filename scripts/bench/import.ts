import { parseArgs } from 'node:util'
import { measureImport } from './import-against-copy.ts'

/** `npm run bench-import -- SUPERUSER_URL [--rows N] [--base M] [--rounds R]`: the import against COPY and merge. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '100000' },
    base: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
  },
})
const [superuserUrl] = positionals
if (superuserUrl === undefined) {
  console.error('用法 / Usage: npm run bench-import -- SUPERUSER_URL [--rows N] [--base M] [--rounds R]')
  process.exit(1)
}
const measured = await measureImport({
  superuserUrl,
  rows: Number(values.rows),
  base: Number(values.base),
  rounds: Number(values.rounds),
  tell: console.error,
})
const { rows, base, product, bare, ratio, residentMegabytes } = measured
console.log(`导入 / import of ${rows} rows into ${base}`)
console.log(
  `  product ${Math.round(product)} rows/s, COPY and merge ${Math.round(bare)} rows/s, ratio ${ratio.toFixed(2)}`,
)
console.log(`  ${residentMegabytes} MB resident at most`)
