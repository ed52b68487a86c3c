import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { printedSchema } from '../src/graphql/print-schema.ts'
import { packageRoot } from '../src/package-root.ts'

/** `npm run schema`: writes the GraphQL schema to its file. A test fails while the two differ. */
await writeFile(join(packageRoot, 'src/graphql/schema.graphql'), printedSchema())
