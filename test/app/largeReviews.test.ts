import { once } from 'node:events'
import { createServer } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { stringify } from 'yaml'
import { expect } from 'chai'
import { startServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { createWebhookClient, startAppScene, type AppScene, type WebhookClient } from '../support/app.ts'
import { createBundle, peakMemory, type Bundle } from '../support/bundle.ts'
import { podReview, review } from '../support/podReviews.ts'
import type { Program } from '../support/program.ts'

const MiB = 1024 * 1024

/** The chart's limit is 256Mi. */
const most = 200 * MiB

/** A character for which V8 takes two bytes for each of the others beside it. */
const wide = '\u4e2d'

const pod = (annotation: string) => ({
  metadata: { annotations: { text: annotation } },
  spec: { containers: [{ name: 'api', image: 'redis:7' }] },
})

describe('reviews as large as there can be, many at once', function () {
  this.timeout(120_000)
  let scene: AppScene
  let bundle: Bundle
  let silent: RunningServer
  let program: Program
  let client: WebhookClient
  let port: number
  let sockets: TLSSocket[]

  before(async () => {
    bundle = await createBundle()
    scene = await startAppScene()
    silent = await startServer(createServer(() => undefined))
  })
  beforeEach(async () => {
    const hosts = Array.from(
      { length: 100 },
      (_, at) => [`silent-${at}.example.com`, `https://${silent.host}`] as const,
    )
    const settings = scene.configuration({ check: { endpoints: Object.fromEntries(hosts) } })
    const text = stringify({ ...settings, log: { format: 'json' } })
    program = bundle.start('serve', '--config', await scene.write('config.yaml', text))
    ;({ port } = await program.listening())
    client = createWebhookClient(port, scene.ca)
    sockets = []
  })
  afterEach(async () => {
    client.close()
    for (const socket of sockets) socket.destroy()
    program.kill('SIGKILL')
    await program.ended
  })
  after(async () => {
    await scene.close()
    await silent.close()
    await bundle.close()
  })

  const parallel = (count: number, work: (index: number) => Promise<unknown>) =>
    Promise.all(Array.from({ length: count }, (_, index) => work(index)))

  /** Sends a request along a connection of its own. @returns when the webhook has it */
  async function send(requests: string, reading: boolean): Promise<void> {
    const socket = connect({ port, host: 'localhost', ca: scene.ca })
    sockets.push(socket)
    socket.on('error', () => undefined)
    if (reading) socket.resume()
    else socket.pause()
    await once(socket, 'secureConnect')
    await new Promise((resolve) => socket.write(requests, resolve))
  }
  const request = (body: string) =>
    `POST /mutate?timeout=10s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

  const large = {
    'thousands of fields': () => {
      const fields = Object.fromEntries(Array.from({ length: 290_000 }, (_, index) => [`field-${index}`, 1]))
      return review({ object: { ...pod(wide), fields } })
    },
    'thousands of objects': () => {
      const objects = Array.from({ length: 145_000 }, (_, index) => ({ [`field-${index}`]: 'twelve chars' }))
      return review({ object: { ...pod(wide), objects } })
    },
    'a uid': () => review({ uid: 'u'.repeat(5.9 * MiB), object: pod('') }),
    'a uid that is not ASCII': () => review({ uid: wide.repeat(1.9 * MiB), object: pod('') }),
  }
  /** Each with the clients that read their answers. */
  const attacks: Readonly<Record<string, () => Promise<unknown>>> = {
    'with objects of 290 000 fields': async () => {
      const body = large['thousands of fields']()
      await parallel(20, () => client.send(body).catch(() => undefined))
    },
    'with 145 000 objects, no two of which have the same field': async () => {
      const body = large['thousands of objects']()
      await parallel(20, () => client.send(body).catch(() => undefined))
    },
    'with uids of 6 MiB': () => parallel(20, () => client.send(large['a uid']()).catch(() => undefined)),
    'with uids of 2 million characters that are not ASCII': () =>
      parallel(20, () => client.send(large['a uid that is not ASCII']()).catch(() => undefined)),
    'with uids of 6 MiB whose answers nobody reads': async () => {
      const requests = request(large['a uid']())
      for (let round = 0; round < 10; round++) await send(requests, false)
    },
    'of 16 KiB with hundreds of images that wait for registries': () =>
      parallel(100, (index) => {
        const images = Array.from({ length: 350 }, (_, at) => `silent-${at % 100}.example.com/a:${index}`)
        return send(request(podReview(images)).repeat(4), true)
      }),
    'of a few KiB with a dozen images each that wait for registries': () =>
      parallel(390, (index) => {
        const images = Array.from({ length: 12 }, (_, at) => `silent-${at}.example.com/a/b-${index}:1`)
        return send(request(podReview(images, { namespace: `ns-${index}` })).repeat(4), true)
      }),
  }
  for (const [what, attack] of Object.entries(attacks)) {
    it(`take less than 200 MiB ${what}`, async () => {
      await attack()
      // Answered behind them.
      for (let index = 0; index < 50; index++) await client.post(podReview(['redis:7']))
      const peak = peakMemory(program.pid)
      expect(peak, `${Math.round(peak / MiB)} MiB`).to.be.lessThan(most)
    })
  }

  it('are answered each with its uid, however long', async () => {
    const body = large['a uid']()
    const answer = await client.send(body)
    const { uid } = (answer.json as { response: { uid: string } }).response
    expect(answer.status).to.equal(200)
    expect(uid === (JSON.parse(body) as { request: { uid: string } }).request.uid).to.equal(true)
  })
})
