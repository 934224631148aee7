import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, type BuildOptions } from 'esbuild'
import { expect } from 'chai'
import { lateEntryPoints, standIns } from '../../scripts/lateModules.ts'

const root = join(import.meta.dirname, '../..')
const contents = `
  import yaml from 'yaml'
  export const mime = require('./node_modules/express/node_modules/mime-types')
  export const Pushgateway = require('prom-client').Pushgateway
  export const parse = (text) => yaml.parse(text)
`

interface Bundled {
  readonly mime: { lookup(file: string): string | false }
  readonly Pushgateway: new (url: string) => object
  parse(text: string): unknown
}

describe('the stand-in of a module that is bundled to be loaded late', () => {
  let folder: string
  let bundled: Bundled
  let loaded: () => readonly string[]
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'late-modules-'))
    const options = {
      absWorkingDir: root,
      outdir: folder,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outExtension: { '.js': '.cjs' },
    } satisfies BuildOptions
    await build({ ...options, entryPoints: lateEntryPoints })
    await build({ ...options, stdin: { contents, resolveDir: root, sourcefile: 'main.mjs' }, plugins: [standIns] })
    const require = createRequire(join(folder, 'main.cjs'))
    bundled = require('./stdin.cjs') as Bundled
    loaded = () => Object.keys(require.cache).filter((file) => file.startsWith(join(folder, 'late')))
  })
  after(() => rm(folder, { recursive: true }))

  it('leaves it unread while nothing of it is used', () => {
    expect(loaded()).to.deep.equal([])
  })

  it('has its properties', () => {
    expect(bundled.mime.lookup('a.html')).to.equal('text/html')
  })

  it('has its properties for whoever imports it by default', () => {
    expect(bundled.parse('a: 1')).to.deep.equal({ a: 1 })
  })

  it('makes objects of its class', () => {
    expect(new bundled.Pushgateway('http://127.0.0.1')).to.have.property('gatewayUrl', 'http://127.0.0.1')
  })
})
