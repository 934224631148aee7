import { cp, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { at, chart, idOf, licensed, manifests, only, parse, render } from './support/helm.ts'
import { describeWithHelm, helms } from './support/programs.ts'

const dockerconfigjson = Buffer.from('{"auths":{"proxy.replicated.com":{"auth":"YTpi"}}}').toString('base64')
const global = { replicated: { dockerconfigjson, licenseFields: { seats: { value: 3 } } } }

describeWithHelm('as a sub-chart', () => {
  let directory = ''

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chart-'))
    await mkdir(join(directory, 'charts'))
    await cp(chart, join(directory, 'charts', 'image-proxy-webhook'), { recursive: true })
    const dependency = { name: 'image-proxy-webhook', version: '*', condition: 'image-proxy-webhook.enabled' }
    const parent = { apiVersion: 'v2', name: 'my-app', version: '1.0.0', dependencies: [dependency] }
    await writeFile(join(directory, 'Chart.yaml'), JSON.stringify(parent))
  })

  after(() => rm(directory, { recursive: true }))

  for (const helm of helms) {
    it(`needs only the slug where the Replicated registry has added the license, with ${helm}`, async () => {
      const values = { global, 'image-proxy-webhook': { enabled: true, appSlug: 'my-app' } }
      const objects = parse(await render(helm, values, { chart: directory }))
      expect(at(only(objects, 'Secret'), 'data')).to.deep.equal({ '.dockerconfigjson': dockerconfigjson })
    })
  }

  it('can be switched off by its parent', async () => {
    const values = { 'image-proxy-webhook': { enabled: false } }
    expect(await manifests(values, { chart: directory })).to.be.empty
  })
})

describeWithHelm('two releases in one cluster', () => {
  it('have no object in common, even in one namespace', async () => {
    const values = { ...licensed, metrics: { dashboard: { enabled: true } } }
    const [one = [], other = []] = await Promise.all(
      ['vendor-a', 'vendor-b'].map(async (name) => (await manifests(values, { name })).map(idOf)),
    )
    expect(one.filter((id) => other.includes(id))).to.be.empty
  })

  it("select neither each other's Pods nor each other's metrics", async () => {
    const [one, other] = await Promise.all(
      ['vendor-a', 'vendor-b'].map(async (name) => only(await manifests(licensed, { name }), 'Service')),
    )
    expect(at(one, 'spec.selector')).not.to.deep.equal(at(other, 'spec.selector'))
  })
})
