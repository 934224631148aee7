import { execFile } from 'node:child_process'
import { readFile, writeFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { parse } from 'yaml'
import manifest from '../../package.json' with { type: 'json' }

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

describe('The packages that are published', function () {
  this.timeout(120_000)
  let directory: string
  let environment: NodeJS.ProcessEnv

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-package-'))
    environment = {
      ...process.env,
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      npm_config_cache: join(directory, 'cache'),
      npm_config_offline: 'true',
    }
    await run(process.execPath, [join(root, 'scripts/package.ts'), '--out', join(directory, 'package')])
  })
  after(() => rm(directory, { recursive: true }))

  /** Installs what `npm pack` makes of the package, with no registry to ask. */
  async function installed(): Promise<string> {
    const target = join(directory, 'installed')
    const packed = ['pack', join(directory, 'package/npm'), '--pack-destination', directory]
    await run('npm', packed, { env: environment, cwd: directory })
    const archive = (await readdir(directory)).find((file) => file.endsWith('.tgz')) ?? ''
    await run('npm', ['install', '--prefix', target, join(directory, archive)], { env: environment, cwd: directory })
    return join(target, 'node_modules')
  }

  it('run as an npm package that brings nothing else with it', async () => {
    const modules = await installed()
    const program = join(modules, '.bin/image-proxy-webhook')
    const { stdout } = await run(program, ['version'], { env: environment })
    expect(stdout).to.equal(`image-proxy-webhook ${manifest.version}\n`)
    const packages = (await readdir(modules)).filter((name) => !name.startsWith('.'))
    expect(packages).to.deep.equal(['image-proxy-webhook'])
  })

  it('say in one sentence that Node.js is too old', async () => {
    const file = join(directory, 'package/npm/package.json')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('>=24', '>=999'))
    try {
      const failed = await run(process.execPath, [join(directory, 'package/npm/cli.mjs'), 'version']).catch(
        (error: unknown) => error as { code: number; stderr: string },
      )
      expect(failed).to.have.property('code', 2)
      expect(failed.stderr).to.match(
        /^error: image-proxy-webhook needs Node\.js 999 or later, and this is v[\d.]+: see https:\/\/nodejs\.org\n$/,
      )
    } finally {
      await writeFile(file, text)
    }
  })

  it('say in one sentence that there is no Node.js', async () => {
    const launcher = join(directory, 'package/npm/kubectl-image_proxy')
    const failed = await run('/bin/sh', [launcher, 'version'], { env: { PATH: '/nowhere' } }).catch(
      (error: unknown) => error as { code: number; stderr: string },
    )
    expect(failed).to.have.property('code', 2)
    expect(failed.stderr).to.equal('error: kubectl image-proxy needs Node.js 24 or later: see https://nodejs.org\n')
  })

  it('have a Krew manifest with the digest of the archive beside it', async () => {
    const krew = join(directory, 'package/krew')
    const { spec } = parse(await readFile(join(krew, 'image-proxy.yaml'), 'utf8')) as {
      spec: { version: string; platforms: { uri: string; sha256: string }[] }
    }
    const [platform] = spec.platforms
    const archive = await readFile(join(krew, platform?.uri.split('/').at(-1) ?? ''))
    expect(spec.version).to.equal(`v${manifest.version}`)
    expect(platform?.sha256).to.equal(createHash('sha256').update(archive).digest('hex'))
  })
})
