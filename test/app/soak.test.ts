import { createServer } from 'node:https'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { stringify } from 'yaml'
import { expect } from 'chai'
import { startApp, type App } from '../../src/app.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createWebhookClient, startAppScene, type AppScene, type WebhookClient } from '../support/app.ts'
import { eventually } from '../support/eventually.ts'
import { startServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { podReview } from '../support/podReviews.ts'

const rounds = 8
/** Until then connections and caches fill up. */
const warmUp = 4
const podsPerRound = 300
/** More than the webhook keeps connections for. */
const hosts = 250
const maxEntries = 200

describe('several thousand Pods with ever changing images', () => {
  let scene: AppScene
  let registry: RunningServer
  let app: App
  let client: WebhookClient
  let ended = false
  const warned: string[] = []
  const onWarning = (warning: Error) => warned.push(warning.name)
  /** After each round. */
  const heap: number[] = []
  const sockets: number[] = []
  const timers: number[] = []
  const samples: Record<string, number> = {}

  before(async function () {
    this.timeout(60_000)
    process.on('warning', onWarning)
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void

    scene = await startAppScene()
    const names = Array.from({ length: hosts }, (_, index) => `127.0.0.${index + 1}`)
    const certificate = await scene.registries.authority.issue({ names })
    registry = await startServer(
      createServer({ ...certificate }, ({ url = '' }, response) => {
        // A third each is public, private and missing.
        const status = [200, 401, 404][Number(/(\d+)\/manifests/.exec(url)?.[1]) % 3] ?? 500
        response.writeHead(status, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }).end()
      }),
      { host: '0.0.0.0' },
    )
    const settings = {
      check: { allowedNetworks: ['127.0.0.0/8'], deadline: '9s', cache: { maxEntries, missing: '1ms' } },
    }
    const config = loadConfig({ text: stringify(scene.configuration(settings)), env: {}, terminal: false })
    const log = await createLogger({ ...config.log, destination: { write: () => undefined } })
    app = await startApp(config, { log, environment: {}, version: '1.2.3' })
    client = createWebhookClient(app.port, scene.ca)

    for (let round = 0; round < rounds; round++) {
      await Promise.all(Array.from({ length: 8 }, (_, lane) => runLane(round, lane)))
      collect()
      heap.push(process.memoryUsage().heapUsed)
      const resources = process.getActiveResourcesInfo()
      sockets.push(resources.filter((resource) => resource === 'TCPSocketWrap').length)
      timers.push(resources.filter((resource) => resource === 'Timeout').length)
    }
    await sample()
  })
  after(async () => {
    process.off('warning', onWarning)
    await end()
    await scene.close()
    await registry.close()
  })

  async function end(): Promise<void> {
    if (ended) return
    ended = true
    client.close()
    await app.stop()
  }

  async function runLane(round: number, lane: number): Promise<void> {
    for (let index = lane; index < podsPerRound; index += 8) {
      const number = round * podsPerRound + index
      // Each sixth is on a host of its own: the others are cheaper to ask for.
      const host = number % 6 === 0 ? (number / 6) % hosts : 0
      const image = `127.0.0.${host + 1}:${registry.port}/team/app-${number}/${number}:1`
      const { images } = await client.post(podReview([image, 'redis:7']))
      expect(images).to.deep.equal([image, 'redis:7'])
    }
  }

  const growth = (counts: readonly number[]) => (counts.at(-1) ?? Infinity) - (counts[warmUp - 1] ?? 0)

  async function sample(): Promise<void> {
    const text = await (await fetch(`http://127.0.0.1:${app.metricsPort}/metrics`)).text()
    for (const line of text.split('\n')) {
      const [, name, value] = /^image_proxy_webhook_(\S+) (\S+)$/.exec(line) ?? []
      if (name !== undefined) samples[name] = Number(value)
    }
  }

  it('are all answered, and each image is asked for', () => {
    const pods = rounds * podsPerRound
    expect(samples).to.include({
      admission_duration_seconds_count: pods,
      'images_total{decision="leave",reason="public"}': pods + pods / 3,
    })
    expect(samples['registry_requests_total{step="manifest",status="404"}']).to.be.at.least(pods / 3)
  })

  it('leave the heap as it was', () => {
    // 1 200 Pods that left a kilobyte each behind would show.
    const told = `KiB after each round: ${heap.map((bytes) => Math.round(bytes / 1024)).join(', ')}`
    expect(growth(heap), told).to.be.lessThan(1_200_000)
  })

  it('leave no more connections and timers open than the first of them', () => {
    expect(growth(sockets), `after each round: ${sockets.join(', ')}`).to.be.at.most(8)
    expect(growth(timers), `after each round: ${timers.join(', ')}`).to.be.at.most(8)
  })

  it('leave the cache within its bound, and no check under way', () => {
    expect(samples['cache_entries']).to.be.at.most(maxEntries)
    expect(samples['checks_in_flight']).to.equal(0)
  })

  it('have Node warn of nothing', () => {
    expect(warned).to.deep.equal([])
  })

  it('leave no connection to a registry behind when the webhook ends', async () => {
    await end()
    await eventually(() => {
      expect([...registry.sockets]).to.deep.equal([])
    })
  })
})
