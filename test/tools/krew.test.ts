import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import manifest from '../../package.json' with { type: 'json' }
import { runTool } from './goTool.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

describe('The plugin of kubectl, installed by Krew from the local manifest', () => {
  let directory: string
  let environment: NodeJS.ProcessEnv

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-krew-'))
    const published = join(directory, 'package')
    await run(process.execPath, [join(root, 'scripts/package.ts'), '--out', published])
    const krewRoot = join(directory, 'krew')
    const path = [join(krewRoot, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter)
    environment = { ...process.env, KREW_ROOT: krewRoot, PATH: path }
    const archive = join(published, 'krew', `kubectl-image_proxy_v${manifest.version}.tar.gz`)
    const local = [`--manifest=${join(published, 'krew/image-proxy.yaml')}`, `--archive=${archive}`]
    await runTool('krew', ['install', ...local], { env: environment })
  })
  after(() => rm(directory, { recursive: true }))

  const plugin = (...args: string[]) => run('kubectl', ['image-proxy', ...args], { env: environment })

  it('runs as kubectl image-proxy', async () => {
    const { stdout } = await plugin('version')
    expect(stdout).to.equal(`image-proxy-webhook ${manifest.version}\n`)
  })

  it('ends with the exit code of the command', async () => {
    const failed: unknown = await plugin('check').catch((error: unknown) => error)
    expect(failed).to.have.property('code', 2)
  })

  it('explains manifests', async () => {
    const file = join(directory, 'pod.yaml')
    await writeFile(
      file,
      'kind: Pod\nmetadata: {name: a, labels: {image-proxy-webhook/ignore: "true"}}\nspec: {containers: [{name: b, image: redis:7}]}\n',
    )
    const { stdout } = await plugin('explain', '-f', file, '--app-slug', 'my-app')
    expect(stdout).to.match(/Pod\/a +b +redis:7 .* left alone .* its Pod opts it out\n/)
  })

  it('says in one sentence that Node.js is too old', async () => {
    const file = join(directory, 'krew/store/image-proxy', `v${manifest.version}`, 'package.json')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('>=24', '>=999'))
    try {
      const failed: unknown = await plugin('version').catch((error: unknown) => error)
      expect(failed).to.have.property('code', 2)
      expect(failed)
        .to.have.property('stderr')
        .that.matches(/^error: image-proxy-webhook needs Node\.js 999 or later, and this is v[\d.]+: see https:/)
    } finally {
      await writeFile(file, text)
    }
  })
})
