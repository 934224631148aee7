import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect } from 'chai'
import ts from 'typescript'

const root = join(import.meta.dirname, '../src')

/** Each room of the house with the rooms it may use; a room that uses its caller would make a circle of this. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  json: [],
  memoize: [],
  reference: [],
  decision: ['reference', 'memoize'],
  pod: ['decision', 'json'],
  license: ['json', 'reference'],
  admission: ['decision', 'pod', 'reference', 'json'],
  config: ['reference', 'registry', 'json', 'decision'],
  registry: ['decision', 'reference', 'config'],
  files: ['license'],
  certificates: ['server'],
  server: ['files'],
  kubernetes: ['license', 'files', 'server', 'certificates', 'json'],
  telemetry: ['memoize', 'admission', 'registry', 'decision', 'config', 'kubernetes', 'license'],
  cli: [
    'assembly',
    'admission',
    'config',
    'decision',
    'files',
    'json',
    'kubernetes',
    'license',
    'pod',
    'reference',
    'registry',
    'telemetry',
  ],
}

/** Rooms without input and output: the same question always has the same answer. */
const pure = ['json', 'memoize', 'reference', 'decision', 'pod', 'license']
const pureLibraries = ['fast-json-patch', 'yaml', 'node:crypto']

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

/** A file of the top is a room of its own, named like it. */
function roomOf(file: string): string {
  return file.split('/')[0]?.replace(/\.ts$/, '') ?? ''
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const imports = files.flatMap((file) => importsOf(join(root, file)))
const arrows = (of: Import[]) => of.map(({ file, target }) => `${file} → ${target}`)

describe('the house', () => {
  it('has rooms that use only the rooms below them', () => {
    const wrong = imports.filter(
      ({ room, targetRoom }) =>
        room in rooms && targetRoom !== undefined && targetRoom !== room && !rooms[room]?.includes(targetRoom),
    )
    expect(arrows(wrong)).to.deep.equal([])
  })

  it('has no room that this test does not know', () => {
    const known = [...Object.keys(rooms), 'main', 'app', 'assembly', 'cluster', 'version']
    expect(files.map(roomOf).filter((room) => !known.includes(room))).to.deep.equal([])
  })

  it('keeps input and output out of the pure rooms', () => {
    const wrong = imports.filter(
      ({ room, target, targetRoom }) =>
        pure.includes(room) && !(targetRoom === undefined ? pureLibraries.includes(target) : pure.includes(targetRoom)),
    )
    expect(arrows(wrong)).to.deep.equal([])
  })

  const users: [library: string, users: RegExp][] = [
    ['undici', /^registry\/(transport|tunnel|connect|guard)/],
    ['@kubernetes/client-node', /^kubernetes\//],
    ['express', /^server\//],
    ['pino', /^telemetry\//],
    ['prom-client', /^telemetry\//],
    ['commander', /^cli\//],
    ['valibot', /^config\//],
    ['ipaddr.js', /^(registry|config)\//],
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
