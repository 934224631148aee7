import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { expect } from 'chai'
import { licenseId } from '../../testbed/scene.ts'
import { startAppScene, type AppScene, type Settings, type TestApp } from '../support/app.ts'
import { podReview } from '../support/podReviews.ts'
import { bearer, challenge, json, manifest, startScriptedRegistry, type ScriptedRegistry } from '../support/registry.ts'

const P = 'proxy.replicated.com/proxy/my-app'
/** Milliseconds that the proxy takes for each request. */
const proxyDelay = 150
/** Milliseconds of a first image at the proxy: without a token, for the token, with the token. */
const proxyTime = 3 * proxyDelay

/** A cluster that reaches the proxy alone: the registries take connections, as a firewall that drops, and say nothing. */
describe('The webhook in a cluster that reaches nothing but the proxy', () => {
  let scene: AppScene
  let proxy: ScriptedRegistry
  let silent: Server
  let app: TestApp
  const connections = new Set<Socket>()
  const settings: Settings = { license: { id: licenseId } }

  before(async () => {
    scene = await startAppScene()
    proxy = await startScriptedRegistry(await scene.registries.authority.issue({ names: ['127.0.0.1'] }))
    proxy.play(async ({ path, authorization }) => {
      await new Promise((resolve) => setTimeout(resolve, proxyDelay))
      if (path === '/token') return json(200, { token: 'licensed' })
      return authorization === undefined ? challenge(bearer('/token', { service: 'proxy' })) : manifest
    })
    silent = createServer((socket) => {
      connections.add(socket.on('error', () => undefined))
    })
    await once(silent.listen(0, '127.0.0.1'), 'listening')
  })
  beforeEach(async () => {
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const endpoints = { 'quay.io': url, 'ghcr.io': url, 'docker.io': url, 'proxy.replicated.com': proxy.url }
    app = await scene.start({ ...settings, check: { deadline: '2500ms', endpoints } })
  })
  afterEach(() => app.stop())
  after(async () => {
    for (const socket of connections) socket.destroy()
    silent.close()
    await Promise.all([proxy.close(), scene.close()])
  })

  const images = (registry: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${registry}/team/app${index}:1`)
  const rewritten = (images: readonly string[]) => images.map((image) => `${P}/${image}`)

  it('rewrites the first image of a registry within the deadline', async () => {
    const { images, warnings, milliseconds } = await app.post(podReview(['quay.io/team/first:1']))
    expect({ images, warnings }).to.deep.equal({ images: [`${P}/quay.io/team/first:1`], warnings: [] })
    expect(milliseconds).to.be.below(2500 + 200)
  })

  it('rewrites later images of the registry in the proxy’s own time', async () => {
    await app.post(podReview(['quay.io/team/first:1']))
    for (const image of ['quay.io/team/second:1', 'quay.io/team/third:1']) {
      const { images, milliseconds } = await app.post(podReview([image]))
      expect(images).to.deep.equal([`${P}/${image}`])
      expect(milliseconds).to.be.below(proxyTime + 100)
    }
  })

  it('leaves none of the 50 images of one Pod alone', async () => {
    const written = images('quay.io', 50)
    expect((await app.post(podReview(written))).images).to.deep.equal(rewritten(written))
  })

  it('leaves none of 50 images alone in as many Pods at once', async () => {
    const written = images('quay.io', 50)
    const answers = await Promise.all(written.map((image) => app.post(podReview([image]))))
    expect(answers.flatMap(({ images }) => images)).to.deep.equal(rewritten(written))
  })
})
