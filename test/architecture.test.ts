import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import t from 'tap'
import { readConfig } from '../src/config.ts'
import { accessMatrix, roles } from '../src/domain/access.ts'
import { packageRoot } from '../src/package-root.ts'

const readmes = ['README.md', 'README.zh-CN.md'] as const
const rooms = ['src', 'scripts', 'test'] as const

type File = { readonly path: string; readonly text: string }

async function filesOf(folder: string, endings: readonly string[]): Promise<File[]> {
  const names = await readdir(join(packageRoot, folder), { recursive: true })
  const paths = names
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .map((name) => join(folder, name))
  return Promise.all(paths.map(fileAt))
}

async function fileAt(path: string): Promise<File> {
  return { path, text: await readFile(join(packageRoot, path), 'utf8') }
}

const sources = (await Promise.all(rooms.map((room) => filesOf(room, ['.ts'])))).flat()
const product = sources.filter(({ path }) => path.startsWith('src/'))
const tools = sources.filter(({ path }) => path.startsWith('scripts/'))
const tests = sources.filter(({ path }) => path.endsWith('.test.ts'))
const documents = await Promise.all([...readmes, 'src/domain/README.md'].map(fileAt))
const [english, chinese, ruleBook] = documents as [File, File, File]
const manifest = JSON.parse((await fileAt('package.json')).text) as { scripts: Record<string, string> }

function pathsWith(files: readonly File[], pattern: RegExp, except: readonly string[] = []): string[] {
  return files.filter(({ path, text }) => !except.includes(path) && pattern.test(text)).map(({ path }) => path)
}

function allMatches({ text }: File, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found)
}

t.test('the code', async (t) => {
  t.ok(product.length > 100 && tests.length > 10, 'is found by these checks')
  t.same(
    pathsWith([...product, ...tools], /\bnew Date\(\s*\)|\bDate\.now\b/, ['src/clock.ts']),
    [],
    'reads the wall clock only in src/clock.ts',
  )
  t.same(
    pathsWith([...product, ...tools], /\bprocess\s*\.\s*env\b/, ['src/config.ts']),
    [],
    'reads the environment only in src/config.ts',
  )
  t.same(
    pathsWith(
      product.filter(({ path }) => !/^src\/(store|embedded)\//.test(path)),
      /from '(?:drizzle-orm|postgres)(?:\/|')/,
      ['src/open-registry.ts'],
    ),
    [],
    'speaks SQL only in src/store, and where the embedded database is made ready',
  )
  t.same(pathsWith(product, /^export default\b/m), [], 'has no default exports in src')
  t.same(pathsWith(sources, /^\s*(?:export )?(?:declare )?(?:const )?enum \w/m), [], 'has no enums')
  t.same(
    sources
      .map(({ path }) => path)
      .filter((path) => !path.split('/').every((part) => /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test)?(?:\.ts)?$/.test(part))),
    [],
    'has file names in kebab case',
  )
  t.same(pathsWith(tests, /\.test\(\s*['"`]should\b/), [], 'has tests that state what is so, not what should be')
})

t.test('every migration has a name of its own and stands in the journal', async (t) => {
  const names = (await readdir(join(packageRoot, 'drizzle'))).filter((name) => name.endsWith('.sql'))
  const journal = JSON.parse((await fileAt('drizzle/meta/_journal.json')).text) as { entries: { tag: string }[] }
  t.same(
    names.filter((name) => !/^\d{4}_[a-z0-9]+(?:-[a-z0-9]+)*\.sql$/.test(name)),
    [],
    'a number and words in kebab case, none made up by the tool',
  )
  t.same(
    names.sort(),
    journal.entries.map(({ tag }) => `${tag}.sql`),
    'files and journal agree',
  )
})

t.test('every command that the documents name is there', async (t) => {
  for (const document of documents) {
    const commands = allMatches(document, /\bnpm run (?:--silent )?([a-z][a-z:-]*)/g)
    t.same(
      commands.filter((name) => !(name in manifest.scripts)),
      [],
      `${document.path}: npm run`,
    )
    const programs = allMatches(document, /\bnode build\/((?:src|scripts)\/[a-z-]+)\.js/g)
    t.same(
      programs.filter((name) => !sources.some(({ path }) => path === `${name}.ts`)),
      [],
      `${document.path}: node build/`,
    )
  }
  const described = new Set(
    readmes.length > 0 ? allMatches(english, /\bnpm (?:run )?(?:--silent )?([a-z][a-z:-]*)/g) : [],
  )
  const own = Object.keys(manifest.scripts).filter((name) => !/^(?:pre|post)/.test(name))
  t.same(
    own.filter((name) => !described.has(name)),
    [],
    'and every script of package.json is named in the README',
  )
})

t.test('every file that the documents name is there', async (t) => {
  for (const document of documents) {
    const named = allMatches(document, /`((?:src|scripts|test|drizzle|\.ci)\/[\w./-]*)`/g)
    const missing: string[] = []
    for (const path of named) if (!(await exists(path))) missing.push(path)
    t.same(missing, [], document.path)
  }
})

async function exists(path: string): Promise<boolean> {
  const parent = path.replace(/\/$/, '').split('/').slice(0, -1).join('/')
  const names = await readdir(join(packageRoot, parent)).catch((): string[] => [])
  return names.includes(path.replace(/\/$/, '').split('/').at(-1) ?? '')
}

t.test('the settings are the same in the code, both READMEs and .env.example', async (t) => {
  const config = await fileAt('src/config.ts')
  const keys = allMatches(config, /^ {2}([A-Z][A-Z_]+): /gm)
  const defaults = readConfig({})
  t.ok(keys.length > 10 && Object.keys(defaults).every((key) => keys.includes(key)), 'all keys are found')
  const example = await fileAt('.env.example')
  const written = parseEnv(example.text) as NodeJS.ProcessEnv
  t.same(allMatches(example, /^([A-Z_]+)=/gm), keys, '.env.example has the keys of the code, in their order')
  t.same(JSON.stringify(readConfig(written)), JSON.stringify(defaults), '.env.example has the defaults of the code')
  for (const readme of [english, chinese]) {
    const rows = [...readme.text.matchAll(/^\| `([A-Z][A-Z_]+)` \| (?:`([^`]*)`|—) \|/gm)]
    t.same(
      rows.map(([, key]) => key),
      keys,
      `${readme.path} has the keys of the code, in their order`,
    )
    t.same(
      rows.map(([, , value]) => value),
      keys.map((key) => written[key] || undefined),
      `${readme.path} has the defaults of the code`,
    )
  }
})

t.test('who may do what reads in both READMEs as in the code', async (t) => {
  const expected = Object.entries(accessMatrix).map(([name, row]) => [name, ...roles.map((role) => row[role])])
  for (const readme of [english, chinese]) {
    const rows = [...readme.text.matchAll(/^\| `([a-z]+\.[a-z]+)` \| (.+) \|$/gm)]
    t.same(
      rows.map(([, name, cells = '']) => [name, ...cells.split(' | ').map((cell) => (cell === '—' ? 'none' : cell))]),
      expected,
      readme.path,
    )
  }
})

t.test('the READMEs say the same', async (t) => {
  const levels = (file: File) => allMatches(withoutBlocks(file), /^(#+) /gm)
  const blocks = (file: File) => allMatches(file, /^(```[a-z]*\n[\s\S]*?^```)$/gm)
  t.ok(blocks(english).length > 5, 'there is something to compare')
  t.same(levels(chinese), levels(english), 'the same headings')
  t.same(blocks(chinese), blocks(english), 'the same commands, to the letter')
})

function withoutBlocks({ path, text }: File): File {
  return { path, text: text.replace(/^```[\s\S]*?^```$/gm, '') }
}

t.test('every room of src is on the map of both READMEs', async (t) => {
  const entries = await readdir(join(packageRoot, 'src'), { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `src/${name}/`)
  for (const readme of [english, chinese]) {
    t.same(
      folders.filter((folder) => !readme.text.includes(`\`${folder}\``)),
      [],
      readme.path,
    )
  }
})

t.test('the rule book names every file and every function of src/domain, and nothing else', async (t) => {
  const domain = product.filter(({ path }) => path.startsWith('src/domain/'))
  const files = domain.map(({ path }) => path.replace('src/domain/', ''))
  t.same(
    files.filter((file) => !ruleBook.text.includes(`\`${file}\``)),
    [],
    'every file',
  )
  const functions = domain.flatMap((file) => allMatches(file, /^export (?:async )?function (\w+)/gm))
  t.same(
    functions.filter((name) => !ruleBook.text.includes(`\`${name}\``)),
    [],
    'every function',
  )
  const exported = new Set(domain.flatMap((file) => allMatches(file, /^export (?:const|function|type|class) (\w+)/gm)))
  const named = allMatches(ruleBook, /`([a-z]+[A-Z]\w*)`/g)
  t.same(
    named.filter((name) => !exported.has(name)),
    [],
    'nothing that is not there',
  )
})

t.test('nothing tells of the machine it was made on', async (t) => {
  const others = [...(await filesOf('drizzle', ['.sql', '.json'])), ...(await filesOf('.ci', ['run']))]
  const top = (await readdir(packageRoot, { withFileTypes: true })).filter(
    (entry) => entry.isFile() && entry.name !== '.env',
  )
  const roots = await Promise.all(top.map(({ name }) => fileAt(name)))
  // in pieces, so that this file does not tell either
  const words = [
    '/wor' + 'k/[a-z]',
    '/far' + 'm/[a-z]',
    'bash' + '_jobs',
    'registry' + '\\.npm',
    '\\.lib' + 'rary',
    'sub' + 'agent',
  ]
  const telling = new RegExp(words.join('|'))
  const files = [...sources, ...others, ...roots, ruleBook]
  t.same(
    files.flatMap(({ path, text }) => (telling.exec(text) ?? []).map((word) => `${path}: ${word}`)),
    [],
  )
})
