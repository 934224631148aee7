import { rm, writeFile } from 'node:fs/promises'
import { stringify } from 'yaml'
import { expect } from 'chai'
import { licenseId } from '../../testbed/scene.ts'
import { startAppScene, type AppScene, type TestApp } from '../support/app.ts'
import { eventually } from '../support/eventually.ts'
import { podReview } from '../support/podReviews.ts'

const privateImage = 'quay.io/my-org/api:v1.0.1'
const document = { apiVersion: 'kots.io/v1beta1', kind: 'License', spec: { licenseID: licenseId, appSlug: 'my-app' } }
const licenseFile = stringify(document)
const withSlug = (appSlug: string) => stringify({ ...document, spec: { ...document.spec, appSlug } })
const dockerConfig = JSON.stringify({
  auths: { 'proxy.replicated.com': { username: 'LICENSE_ID', password: licenseId } },
})

describe('a license that is replaced by something unusable', () => {
  let scene: AppScene
  before(async () => {
    scene = await startAppScene()
  })
  after(() => scene.close())

  const usable = (app: TestApp) => app.metric('image_proxy_webhook_license_usable')
  const licenseLine = async (app: TestApp) =>
    (await app.get('/readyz?verbose')).text.split('\n').find((line) => line.includes('license'))

  /** A webhook whose license was fine, and then became `spoiled`; without it the file is removed. */
  async function spoil(key: 'file' | 'dockerConfigFile', good: string, spoiled?: string) {
    const path = await scene.write(`license-${Math.random()}`, good)
    const app = await scene.start({ ...(key === 'file' ? { appSlug: '' } : {}), license: { [key]: path } })
    expect(await usable(app)).to.equal(1)
    await (spoiled === undefined ? rm(path) : writeFile(path, spoiled))
    await eventually(async () => {
      expect(await usable(app)).to.equal(0)
    })
    return { app, path }
  }

  const spoilings: readonly (readonly [string, 'file' | 'dockerConfigFile', string, string | undefined, RegExp])[] = [
    ['an empty file', 'file', licenseFile, '', /empty or no YAML mapping/],
    ['a file of another kind', 'file', licenseFile, licenseFile.replace('License', 'Config'), /no License of kots/],
    ['no file', 'file', licenseFile, undefined, /cannot read .*: there is no such file/],
    ['a license with a slug that cannot be one', 'file', licenseFile, withSlug('My App'), /spec\.appSlug cannot/],
    [
      'a license that no pull secret can be named after',
      'file',
      licenseFile,
      withSlug('my_app'),
      /pullSecret\.name is/,
    ],
    ['a license without the slug that only it tells', 'file', licenseFile, withSlug(''), /nothing tells the appSlug/],
    ['a dockerconfigjson without entries', 'dockerConfigFile', dockerConfig, '{"auths":{}}', /no entry for any of/],
    ['an empty dockerconfigjson', 'dockerConfigFile', dockerConfig, '', /no JSON object/],
  ]
  for (const [what, key, good, spoiled, fault] of spoilings) {
    it(`(${what}) stays in use, and /readyz?verbose and the log say what is wrong`, async () => {
      const { app } = await spoil(key, good, spoiled)
      const pulls = scene.registries.proxy.pulls.length
      const { images, pullSecrets } = await app.post(podReview([privateImage]))

      expect([images, pullSecrets]).to.deep.equal([
        [`proxy.replicated.com/proxy/my-app/${privateImage}`],
        ['my-app-registry'],
      ])
      expect(scene.registries.proxy.pulls.slice(pulls).at(-1)).to.include({ license: licenseId, status: 200 })
      expect((await app.get('/readyz')).status).to.equal(200)
      expect(await licenseLine(app))
        .to.match(/^\[\+\]license ok, with a warning: /)
        .and.match(fault)
      const [told] = app.logged(({ level }) => level === 'error')
      expect(told?.msg).to.equal('the license cannot be used, the last good one stays in use')
      expect(JSON.stringify(told)).to.match(fault)
    })
  }

  it('is forgotten once its source holds a license again', async () => {
    const { app, path } = await spoil('file', licenseFile, '')
    await writeFile(path, licenseFile)
    await eventually(async () => {
      expect(await usable(app)).to.equal(1)
    })
    expect(await licenseLine(app)).to.equal('[+]license ok')
  })
})

describe('a start that goes well', () => {
  let scene: AppScene
  before(async () => {
    scene = await startAppScene()
  })
  after(() => scene.close())

  const loud = ({ level }: { level: string }) => ['warn', 'error', 'fatal'].includes(level)

  it('logs no line above info with a license', async () => {
    const file = await scene.write('license.yaml', licenseFile)
    const app = await scene.start({ appSlug: '', license: { file } })
    expect(app.logged(loud)).to.deep.equal([])
  })

  it('logs no line above info where no license is configured', async () => {
    expect((await scene.start()).logged(loud)).to.deep.equal([])
  })

  it('logs no line above info outside a cluster, and says there is none', async () => {
    const app = await scene.start({ pullSecret: { provision: true } })
    expect(app.logged(loud)).to.deep.equal([])
    expect(app.logged(({ msg }) => msg.startsWith('no cluster'))).to.have.lengthOf(1)
  })
})
