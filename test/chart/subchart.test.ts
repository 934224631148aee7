import { cp, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { at, chart, idOf, licensed, manifests, only, parse, render } from './support/helm.ts'
import { describeWithHelm, helms } from './support/programs.ts'

const dockerconfigjson = Buffer.from('{"auths":{"proxy.replicated.com":{"auth":"YTpi"}}}').toString('base64')
const global = { replicated: { dockerconfigjson, licenseFields: { seats: { value: 3 } } } }

/** A chart of a vendor's that depends on this one, once or under several names. */
async function parentOf(dependencies: readonly object[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'chart-'))
  await mkdir(join(directory, 'charts'))
  await cp(chart, join(directory, 'charts', 'image-proxy-webhook'), { recursive: true })
  const named = dependencies.map((dependency) => ({ name: 'image-proxy-webhook', version: '*', ...dependency }))
  const parent = { apiVersion: 'v2', name: 'my-app', version: '1.0.0', dependencies: named }
  await writeFile(join(directory, 'Chart.yaml'), JSON.stringify(parent))
  return directory
}

describeWithHelm('the chart as a sub-chart', () => {
  let directory = ''

  before(async () => {
    directory = await parentOf([{ condition: 'image-proxy-webhook.enabled' }])
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

describeWithHelm('the chart as a sub-chart under two aliases', () => {
  const aliases = ['imageProxy', 'image_proxy_of_another_team']
  const values = Object.fromEntries(aliases.map((alias) => [alias, licensed]))
  const longName = `a${'b'.repeat(52)}`
  let directory = ''

  before(async () => {
    directory = await parentOf(aliases.map((alias) => ({ alias })))
  })

  after(() => rm(directory, { recursive: true }))

  for (const name of ['my-app', longName]) {
    it(`has names that Kubernetes takes, and each once, in the release ${name}`, async () => {
      for (const helm of helms) {
        const objects = await manifests(values, { chart: directory, name }, helm)
        const ids = objects.map(idOf)
        expect(ids).to.have.length(new Set(ids).size)
        for (const { metadata } of objects) {
          expect(metadata.name).to.match(/^[a-z]([a-z0-9-]*[a-z0-9])?$/)
          for (const label of Object.values(metadata.labels)) expect(label).to.match(/^[\w.-]{1,63}$/)
        }
        const services = objects.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name)
        expect(services).to.have.length(2)
        for (const service of services) expect(service.length).to.be.at.most(63)
      }
    })
  }

  it("selects neither webhook's Pods for the other", async () => {
    const objects = await manifests(values, { chart: directory, name: longName })
    const [one, other] = objects.filter(({ kind }) => kind === 'Service').map((service) => at(service, 'spec.selector'))
    expect(one).not.to.deep.equal(other)
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
