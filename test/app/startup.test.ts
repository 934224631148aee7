import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { expect } from 'chai'
import manifest from '../../package.json' with { type: 'json' }
import { createWebhookClient, startAppScene } from '../support/app.ts'
import { createBundle, imageSettings } from '../support/bundle.ts'
import { podReview } from '../support/podReviews.ts'
import { startCommand } from '../support/program.ts'

/** Of the packages in package.json those that the first answer needs; of `yaml` a stand-in that reads it when it is asked. */
const needed = [
  'express',
  'fast-json-patch',
  'ipaddr.js',
  'js-yaml',
  'lru-cache',
  'pino',
  'prom-client',
  'valibot',
  'yaml',
]

describe('the start of the bundled webhook, up to its first answer,', () => {
  let files: readonly string[]
  let builtins: readonly string[]
  let packages: ReadonlySet<string>
  let bytes: number
  before(async () => {
    const [bundle, scene] = await Promise.all([createBundle(), startAppScene()])
    const loaded = scene.path('loaded')
    const config = await scene.write('config.yaml', stringify({ ...scene.configuration(), log: { format: 'json' } }))
    const program = startCommand(
      process.execPath,
      [
        '--import',
        join(import.meta.dirname, '../support/recordLoaded.ts'),
        ...bundle.argv,
        'serve',
        '--config',
        config,
      ],
      { ...imageSettings().env, LOADED_FILES: loaded },
    )
    try {
      const { port } = await program.listening()
      await createWebhookClient(port, scene.ca).post(podReview(['proxy.replicated.com/proxy/my-app/redis']))
      const lines = new Set(readFileSync(loaded, 'utf8').trimEnd().split('\n'))
      builtins = [...lines].filter((line) => line.startsWith('node:'))
      files = [...lines].filter((line) => !line.startsWith('node:'))
      packages = new Set(files.flatMap((file) => bundle.packagesIn(file)))
      bytes = files.reduce((sum, file) => sum + statSync(file).size, 0)
    } finally {
      program.kill('SIGKILL')
      await program.ended
      await Promise.all([scene.close(), bundle.close()])
    }
  })

  it('loads of the packages in package.json those that the answer needs', () => {
    const loaded = Object.keys(manifest.dependencies).filter((name) => packages.has(name))
    expect(loaded).to.deep.equal(needed)
  })

  it('loads nothing that is bundled to be loaded late', () => {
    expect(files.filter((file) => basename(dirname(file)) === 'late')).to.deep.equal([])
  })

  it('loads of the modules of Node.js none that a package asks for and the answer does not need', () => {
    expect(builtins).to.include.members(['node:crypto', 'node:https'])
    expect(builtins.filter((name) => /^node:(?:assert|worker_threads|http2|zlib)$/.test(name))).to.deep.equal([])
  })

  it('reads no more than ten files', () => {
    expect(files).to.have.lengthOf.at.most(10)
  })

  it('reads no more than 620 KiB of code', () => {
    expect(Math.round(bytes / 1024)).to.be.lessThan(620)
  })
})
