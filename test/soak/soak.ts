import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { stringify } from 'yaml'
import { startServer } from '../../testbed/httpsServer.ts'
import { startAppScene } from '../support/app.ts'
import { createBundle } from '../support/bundle.ts'
import {
  startObservedWebhook,
  startRefusingProxy,
  type Held,
  type ObservedWebhook,
} from '../support/observedWebhook.ts'
import { createTraffic } from './traffic.ts'
import { keptSockets, type SoakReport } from './verdict.ts'
import { createWeather } from './weather.ts'

export interface SoakOptions {
  readonly rounds: number
  /** Milliseconds of traffic in each. */
  readonly round: number
  /** A script that the webhook's process runs before each round: a fault that is planted on purpose. */
  readonly plant?: string
  /** Milliseconds that sockets have to end after a round. Default: 10 s. */
  readonly calm?: number
  readonly onRound?: (sentence: string) => void
}

/** Runs the bundle as the image does, with traffic and ever changing surroundings, and measures it after each round. */
export async function soak({
  rounds,
  round,
  plant,
  calm = 10_000,
  onRound = () => undefined,
}: SoakOptions): Promise<SoakReport> {
  await using started = new AsyncDisposableStack()
  const defer = <Closeable extends { close(): Promise<void> }>(closeable: Closeable): Closeable => {
    started.defer(() => closeable.close())
    return closeable
  }
  const scene = defer(await startAppScene())
  const weather = defer(await createWeather(scene))
  const proxy = defer(await startRefusingProxy())
  const silent = defer(await startServer(createServer(), { host: '0.0.0.0' }))
  const bundle = defer(await createBundle())
  const { certFile, keyFile, license } = weather.files
  const settings = scene.configuration({
    license: { file: license },
    check: {
      allowedNetworks: ['127.0.0.0/8'],
      deadline: '1s',
      timeout: '1s',
      endpoints: weather.endpoints,
      cache: { maxEntries: 300, public: '20s', private: '5s', missing: '1s', unknown: '1s', stale: '20s' },
    },
    server: { tls: { mode: 'files', certFile, keyFile } },
  })
  const config = await scene.write('config.yaml', stringify({ ...settings, log: { format: 'json' } }))
  const webhook = await startObservedWebhook(bundle, config, { HTTPS_PROXY: proxy.url })
  started.defer(async () => {
    await webhook.stop()
  })
  const traffic = createTraffic(webhook.port, scene.ca, silent.port)

  const heap: number[] = []
  const sockets: number[] = []
  for (let index = 0; index < rounds; index++) {
    if (plant !== undefined) await webhook.evaluate(plant)
    const end = AbortSignal.timeout(round)
    await Promise.all([traffic.flow(end), weather.blow(Math.min(1000, round / 4), end)])
    const held = await quiet(webhook, calm)
    heap.push(held.heap)
    sockets.push(held.sockets)
    onRound(`${traffic.tally.reviews} reviews, ${Math.round(held.heap / 1024)} KiB, ${held.sockets} sockets`)
  }
  const unpatched = await webhook.metric(/^image_proxy_webhook_admissions_total\{.*result="failed"/)
  const { code } = await webhook.stop()
  const { reviews, late, slowest, failed, failures } = traffic.tally
  return {
    reviews,
    changes: weather.changes,
    late,
    slowest,
    failed: failed + unpatched,
    failures,
    heap,
    sockets,
    errors: webhook.faults.filter((fault) => !fault.includes(expected)),
    exitCode: code,
  }
}

/** What a webhook is known to say of a license that is of no use. */
const expected = '"the license cannot be used'

/** What is held once no check is under way, and connections had the time to end that were used for the last time. */
async function quiet(webhook: ObservedWebhook, calm: number): Promise<Held> {
  const end = performance.now() + calm
  for (;;) {
    const held = await webhook.held()
    const underWay = await webhook.metric(/^image_proxy_webhook_checks_in_flight /)
    if ((underWay === 0 && held.sockets <= keptSockets) || performance.now() > end) return held
    await pause(100)
  }
}
