import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect } from 'chai'
import ts from 'typescript'

const root = join(import.meta.dirname, '../src')

/**
 * The rooms of the house from the top down, each with the rooms that it may use. Arrows go down only: a room may use
 * those of the levels below its own. What stands alone at the bottom may be used by all.
 */
const levels: readonly Readonly<Record<string, readonly string[]>>[] = [
  { main: ['app', 'cli', 'cli/terminal', 'config', 'version', 'fileFault'] },
  {
    app: ['cluster', 'assembly', 'telemetry', 'admission', 'server', 'certificates', 'license', 'config', 'memoize'],
    cli: [
      'cli/manifests',
      'cli/terminal',
      'cluster',
      'assembly',
      'admission',
      'registry',
      'pod',
      'kubernetes',
      'license',
      'decision',
      'config',
      'reference',
      'json',
      'fileFault',
    ],
  },
  {
    cluster: [
      'cluster/repair',
      'telemetry',
      'admission',
      'certificates',
      'kubernetes',
      'license',
      'config',
      'json',
      'steadyClock',
    ],
  },
  {
    assembly: ['admission', 'registry', 'license', 'decision', 'config', 'network', 'reference', 'fileFault'],
    telemetry: ['admission', 'registry', 'decision', 'config', 'json', 'memoize'],
    'cluster/repair': ['admission', 'pod', 'kubernetes', 'decision', 'reference'],
    'cli/manifests': ['cli/terminal', 'reference', 'plainYaml', 'json', 'yamlFault'],
  },
  {
    admission: ['pod', 'decision', 'reference', 'json', 'boundedConcurrency'],
    registry: [
      'registry/auth',
      'registry/limiter',
      'decision',
      'config',
      'network',
      'reference',
      'json',
      'steadyClock',
    ],
    server: ['certificates', 'bodies'],
  },
  {
    'registry/auth': ['decision', 'network', 'json'],
    'registry/limiter': ['decision', 'counts'],
    pod: ['decision', 'json', 'memoize'],
    certificates: ['followFiles'],
    kubernetes: ['json', 'fileFault'],
    license: ['reference', 'plainYaml', 'json', 'followFiles'],
  },
  { decision: ['reference', 'memoize'], config: ['network', 'reference', 'plainYaml', 'yamlFault'] },
  { network: ['network/dns', 'bodies'], reference: [], plainYaml: ['json'] },
  {
    'cli/terminal': [],
    'network/dns': [],
    json: [],
    yamlFault: [],
    memoize: [],
    boundedConcurrency: [],
    counts: [],
    bodies: [],
    followFiles: ['fileFault'],
    steadyClock: [],
    version: [],
  },
  { fileFault: [] },
]
const rooms: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  levels.flatMap((level) => Object.entries(level)),
)

/** Rooms without input and output: the same question always has the same answer. */
const pure = ['json', 'memoize', 'reference', 'decision', 'pod']
const pureLibraries = ['fast-json-patch']

interface Import {
  readonly file: string
  readonly room: string
  readonly target: string
  /** Of the target; undefined for a library. */
  readonly targetRoom: string | undefined
  readonly typeOnly: boolean
}

function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest)
  const found: Import[] = []
  const visit = (node: ts.Node): void => {
    const specifier =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : undefined
    if (specifier !== undefined && ts.isStringLiteral(specifier)) {
      const target = specifier.text.startsWith('.')
        ? relative(root, join(dirname(file), specifier.text))
        : specifier.text
      const typeOnly = ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      const targetRoom = specifier.text.startsWith('.') ? roomOf(target) : undefined
      found.push({ file: relative(root, file), room: roomOf(relative(root, file)), target, targetRoom, typeOnly })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** Each folder is a room, one within another as well. A file of the top is a room of its own, named like it. */
function roomOf(file: string): string {
  return file.includes('/') ? dirname(file) : file.replace(/\.ts$/, '')
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const imports = files.flatMap((file) => importsOf(join(root, file)))
/** Imports that cross from one room to another. */
const between = imports.flatMap((found) =>
  found.targetRoom === undefined || found.targetRoom === found.room || found.targetRoom === '..'
    ? []
    : [{ ...found, targetRoom: found.targetRoom }],
)
const arrows = (of: readonly Import[]) => of.map(({ file, target }) => `${file} → ${target}`)

/** The names in backticks of a cell of a table. */
function named(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
}

describe('the source tree', () => {
  it('has rooms that use only what they are permitted to', () => {
    const wrong = between.filter(({ room, targetRoom }) => !rooms[room]?.includes(targetRoom))
    expect(arrows(wrong)).to.deep.equal([])
  })

  it('permits nothing that no room makes use of', () => {
    const unused = Object.entries(rooms).flatMap(([room, permitted]) =>
      permitted
        .filter((target) => !between.some((arrow) => arrow.room === room && arrow.targetRoom === target))
        .map((target) => `${room} → ${target}`),
    )
    expect(unused).to.deep.equal([])
  })

  it('has arrows that go down only', () => {
    const levelOf = (room: string) => levels.findIndex((level) => room in level)
    const wrong = Object.entries(rooms).flatMap(([room, permitted]) =>
      permitted.filter((target) => levelOf(target) <= levelOf(room)).map((target) => `${room} → ${target}`),
    )
    expect(wrong).to.deep.equal([])
  })

  it('is drawn in docs/architecture.md as it is here', () => {
    const text = readFileSync(join(root, '../docs/architecture.md'), 'utf8')
    const rows = text.split('\n').filter((line) => /^\| +\d+ +\| `/.test(line))
    const drawn = rows.map((row) => {
      const [, line = '', room = '', , uses = ''] = row.split('|').map((cell) => cell.trim())
      return { line: Number(line), room: named(room)[0], uses: named(uses) }
    })
    const here = levels.flatMap((level, index) =>
      Object.entries(level).map(([room, uses]) => ({ line: index + 1, room, uses })),
    )
    expect(drawn).to.deep.equal(here)
  })

  it('has no circle of files', () => {
    const uses = Map.groupBy(
      imports.filter(({ targetRoom }) => targetRoom !== undefined),
      ({ file }) => file,
    )
    const finished = new Set<string>()
    const circles: string[] = []
    const walk = (file: string, way: readonly string[]): void => {
      const start = way.indexOf(file)
      if (start >= 0) circles.push([...way.slice(start), file].join(' → '))
      if (start >= 0 || finished.has(file)) return
      for (const { target } of uses.get(file) ?? []) walk(target, [...way, file])
      finished.add(file)
    }
    for (const file of files) walk(file, [])
    expect(circles).to.deep.equal([])
  })

  it('has no room of more than 20 files, and 14 in that of registries', () => {
    const sizes = Map.groupBy(files, roomOf)
    const crowded = [...sizes].filter(([room, { length }]) => length > (room === 'registry' ? 14 : 20))
    expect(crowded.map(([room, { length }]) => `${room}: ${length}`)).to.deep.equal([])
  })

  it('has no file of more than 250 lines', () => {
    const long = files.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 251)
    expect(long).to.deep.equal([])
  })

  it('has no room that this test does not know', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => !(room in rooms))).to.deep.equal([])
  })

  it('keeps input and output out of the pure rooms', () => {
    const wrong = imports.filter(
      ({ room, target, targetRoom }) =>
        pure.includes(room) && !(targetRoom === undefined ? pureLibraries.includes(target) : pure.includes(targetRoom)),
    )
    expect(arrows(wrong)).to.deep.equal([])
  })

  const users: [library: string, users: RegExp][] = [
    ['undici', /^(network|kubernetes)\//],
    ['@kubernetes/client-node', /^kubernetes\//],
    ['express', /^server\//],
    ['pino', /^telemetry\//],
    ['prom-client', /^telemetry\//],
    ['commander', /^cli\//],
    ['valibot', /^config\//],
    ['ipaddr.js', /^(network|config)\//],
  ]
  for (const [library, room] of users) {
    it(`has ${library} in one place`, () => {
      const importers = imports.filter(({ target }) => target === library)
      expect(importers).not.to.deep.equal([])
      expect(arrows(importers.filter(({ file, typeOnly }) => !typeOnly && !room.test(file)))).to.deep.equal([])
    })
  }

  it('has one file that touches the process', () => {
    const touching = files.filter((file) =>
      /\bprocess\.(env|argv|exit|on|once|stdout|stderr|stdin|kill|cwd)\b/.test(readFileSync(join(root, file), 'utf8')),
    )
    expect(touching).to.deep.equal(['main.ts'])
  })
})
