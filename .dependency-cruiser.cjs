/**
 * Which room may import which. Direction: faces and scripts → usecases → store, intake, solver, statistics, documents → domain; domain → nothing.
 * `npm run architecture` reads it, and fails too when fewer modules were looked at than there are.
 */

const src = (...rooms) => `^src/(${rooms.join('|')})`
const inside = (room) => `^src/${room}/`

/** A room and everything of ours that it may import; whatever is not named is refused. */
function room(name, allowed, reason) {
  return {
    name: `${name}-imports`,
    comment: reason,
    severity: 'error',
    from: { path: inside(name) },
    to: { path: '^(src|scripts|test)/', pathNot: [inside(name), ...allowed] },
  }
}

/** A package, and the only rooms that may import it. */
function confined(name, packages, allowedFrom, reason) {
  return {
    name,
    comment: reason,
    severity: 'error',
    from: { path: '^src/', pathNot: allowedFrom },
    to: { path: packages.map((each) => `(^|/)node_modules/${each}/`) },
  }
}

module.exports = {
  forbidden: [
    {
      name: 'domain-imports-nothing',
      comment: 'The rule book is pure: no package, no Node module, no other room.',
      severity: 'error',
      from: { path: inside('domain') },
      to: { pathNot: inside('domain') },
    },
    room('store', [inside('domain'), src('ids\\.ts$', 'package-root\\.ts$')], 'Rows in the words of the domain.'),
    room('solver', [inside('domain')], 'Programs of the domain are solved, whoever asks.'),
    room('intake', [inside('domain')], 'Files become rows of text, whoever asks.'),
    room('statistics', [inside('domain')], 'Random numbers, for whoever draws.'),
    room('documents', [inside('domain')], 'Data in, Word out.'),
    room('embedded', [], 'A PostgreSQL and nothing of ours: it could be a package of its own.'),
    room(
      'usecases',
      [
        inside('domain'),
        inside('store'),
        inside('intake'),
        inside('solver'),
        inside('statistics'),
        inside('documents'),
        src('ids\\.ts$', 'clock\\.ts$'),
      ],
      'What people can ask for, whatever the face: no transport, no settings.',
    ),
    room(
      'rest',
      [
        inside('usecases'),
        inside('documents'),
        inside('domain'),
        src('clock\\.ts$', 'config\\.ts$', 'signing-keys\\.ts$'),
      ],
      'A thin face: use cases, the words of the domain, the settings and keys that it is given. Never the store.',
    ),
    room(
      'graphql',
      [
        inside('usecases'),
        inside('domain'),
        src('clock\\.ts$', 'config\\.ts$'),
        src('rest/(access-rules|problems|routes)\\.ts$'),
      ],
      'The face for dashboards: the same use cases; access and the words of a refusal as REST has them.',
    ),
    room(
      'scheduler',
      [inside('usecases'), inside('domain'), src('clock\\.ts$')],
      'A table of jobs: name, time, use case.',
    ),
    room('delivery', [inside('usecases'), inside('domain')], 'How notices leave the house: mail and webhooks.'),
    {
      name: 'wiring-is-not-imported',
      comment: 'main, process, app, open-registry and open-jobs put the rooms together; no room knows them.',
      severity: 'error',
      from: { path: '^src/[^/]+/' },
      to: { path: src('main', 'process', 'app', 'open-registry', 'open-jobs') },
    },
    {
      name: 'no-tests-or-scripts-in-src',
      comment: 'The product stands without them.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts)/' },
    },
    {
      name: 'no-tests-in-scripts',
      comment: 'The operator’s tools stand without the tests.',
      severity: 'error',
      from: { path: '^scripts/' },
      to: { path: '^test/' },
    },
    confined(
      'sql-in-the-store',
      ['drizzle-orm', 'postgres'],
      [inside('store'), inside('embedded'), '^src/open-registry\\.ts$'],
      'SQL stands in the store; the embedded server and its set-up speak to PostgreSQL before there is a registry.',
    ),
    confined(
      'transport-in-the-faces',
      ['(@fastify/[^/]+|fastify[^/]*)'],
      [inside('rest'), inside('graphql'), '^src/app\\.ts$', '^src/(metrics|tracing)\\.ts$'],
      'HTTP.',
    ),
    confined(
      'graphql-in-its-face',
      ['mercurius', 'graphql', '@pothos/[^/]+'],
      [inside('graphql'), '^src/app\\.ts$'],
      'GraphQL.',
    ),
    confined('cron-in-the-scheduler', ['node-cron'], [inside('scheduler')], 'Only the scheduler knows the hour.'),
    confined('highs-in-the-solver', ['highs'], [inside('solver')], 'The solver.'),
    confined('documents-in-documents', ['docx', 'exceljs', 'echarts'], [inside('documents')], 'Word, Excel, charts.'),
    confined('random-numbers-in-statistics', ['pure-rand'], [inside('statistics')], 'Random numbers.'),
    confined('mail-in-delivery', ['nodemailer'], [inside('delivery')], 'Mail.'),
    {
      name: 'no-dev-dependencies-in-src',
      comment: 'They are not there in production.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'npm-optional', 'type-only'] },
    },
    {
      name: 'no-undeclared-packages',
      comment: 'What is imported is in package.json.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'no-cycles', comment: 'Not even of types.', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      comment: 'A file that nothing imports and that imports nothing is forgotten.',
      severity: 'error',
      from: { orphan: true, path: '^(src|scripts)/' },
      to: {},
    },
    {
      name: 'everything-resolves',
      comment: 'An import that leads nowhere would hide what stands behind it.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
