import { createServer } from 'node:net'
import { connect, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { once } from 'node:events'
import { stringify } from 'yaml'
import { expect } from 'chai'
import { startServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { createWebhookClient, startAppScene, type AppScene, type WebhookClient } from '../support/app.ts'
import { createBundle, peakMemory, type Bundle } from '../support/bundle.ts'
import { podReview } from '../support/podReviews.ts'
import type { Program } from '../support/program.ts'

const MiB = 1024 * 1024

/** The chart's limit is 256Mi. */
const most = 200 * MiB

const head = (length: string) =>
  `POST /mutate?timeout=10s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${length}\r\n\r\n`

describe('the memory of the image’s own process', function () {
  this.timeout(120_000)
  let scene: AppScene
  let bundle: Bundle
  let silent: RunningServer
  let scattering: RunningServer
  let endless: RunningServer
  let program: Program
  let client: WebhookClient
  let port: number
  let sockets: TLSSocket[]
  let harmless: number

  before(async () => {
    bundle = await createBundle()
    scene = await startAppScene()
    silent = await startServer(createServer(() => undefined))
    const certificate = await scene.registries.authority.issue({ names: ['localhost'] })
    scattering = await startServer(createTlsServer(certificate, scatter))
    endless = await startServer(createTlsServer(certificate, sendHeadersWithoutEnd))
    await start()
    await work()
    harmless = peakMemory(program.pid)
    await end()
  })
  beforeEach(start)
  afterEach(end)
  after(async () => {
    await scene.close()
    await silent.close()
    await scattering.close()
    await endless.close()
    await bundle.close()
  })

  async function start(): Promise<void> {
    const hosts = (count: number, name: string, { host }: RunningServer) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`${name}-${at}.example.com`, `https://${host}`]))
    const hostile = { ...hosts(8, 'scattering', scattering), ...hosts(384, 'endless', endless) }
    const settings = scene.configuration({
      policy: { rules: [{ match: 'proxied.example.com/**', action: 'proxy' }] },
      check: { deadline: '3s', endpoints: { 'silent.example.com': `https://${silent.host}`, ...hostile } },
    })
    const text = stringify({ ...settings, log: { format: 'json' } })
    program = bundle.start('serve', '--config', await scene.write('config.yaml', text))
    ;({ port } = await program.listening())
    client = createWebhookClient(port, scene.ca)
    sockets = []
  }
  async function end(): Promise<void> {
    client.close()
    for (const socket of sockets) socket.destroy()
    program.kill('SIGKILL')
    await program.ended
  }
  /** Answers HEAD as a portal does, and the GET that follows with 64 000 chunks of one byte and no end. */
  function scatter(socket: TLSSocket): void {
    socket.on('error', () => undefined)
    socket.on('data', (data: Buffer) => {
      if (data.toString().startsWith('HEAD')) socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n')
      else socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\n \r\n'.repeat(64_000)}`)
    })
  }
  /** Answers with 16 000 headers of one character, and says nothing more. */
  function sendHeadersWithoutEnd(socket: TLSSocket): void {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\n${'a:\r\n'.repeat(16_000)}`))
  }
  /** What a webhook has to do anyway. */
  async function work(): Promise<void> {
    for (let index = 0; index < 200; index++) await client.post(podReview(['redis:7', `redis:${index}`]))
  }
  async function dial(): Promise<TLSSocket> {
    const socket = connect({ port, host: 'localhost', ca: scene.ca })
    sockets.push(socket)
    socket.on('error', () => undefined)
    await once(socket, 'secureConnect')
    return socket
  }
  const write = (socket: TLSSocket, data: string | Buffer) => new Promise((resolve) => socket.write(data, resolve))
  const parallel = (count: number, work: (index: number) => Promise<unknown>) =>
    Promise.all(Array.from({ length: count }, (_, index) => work(index)))
  async function inLanes(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
    let next = 0
    await parallel(8, async () => {
      while (next < count) await work(next++)
    })
  }

  /** Each with the bytes of the longest line that the log may have of it, where that is not what any line may have. */
  const attacks: [what: string, attack: () => Promise<unknown>, longestLine?: number][] = [
    [
      'dry-run Pods of 50 images of control characters, each of its own',
      () =>
        inLanes(1600, async (pod) => {
          const image = (index: number) => `${pod}-${index}${'\u0001'.repeat(600)}`
          await client.post(
            podReview(
              Array.from({ length: 50 }, (_, index) => image(index)),
              { dryRun: true },
            ),
          )
        }),
      5 * 1024,
    ],
    [
      'a body of 2 MB in chunks of one byte',
      async () => {
        const socket = (await dial()).resume()
        await write(socket, head('Transfer-Encoding: chunked'))
        for (let sent = 0; sent < 2e6; sent += 1e4) await write(socket, '1\r\n \r\n'.repeat(1e4))
      },
    ],
    [
      'bodies of 6 MiB that never end',
      () =>
        parallel(20, async () => {
          const socket = (await dial()).resume()
          await write(socket, head(`Content-Length: ${6 * MiB}`))
          await write(socket, Buffer.alloc(5.9 * MiB, ' '))
        }),
    ],
    [
      'large reviews that wait for a registry',
      () =>
        parallel(20, (index) => {
          const padding = { metadata: { annotations: { text: 'x'.repeat(3.3 * MiB) } } }
          const review = JSON.parse(podReview([`silent.example.com/a/b:${index}`])) as { request: { object: object } }
          Object.assign(review.request.object, padding)
          return client.send(JSON.stringify(review)).catch(() => undefined)
        }),
    ],
    [
      'a thousand connections that send the beginning of their headers',
      () =>
        inLanes(1000, async () => {
          const socket = await dial()
          await write(socket, `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(900)}`)
        }),
    ],
    [
      'answers that nobody reads',
      async () => {
        // Long names: as many bytes to answer as for thousands of short ones, and a third of the work.
        const image = (index: number) => `proxied.example.com/team/${'app-'.repeat(50)}${index}:${'v'.repeat(128)}`
        const body = podReview(Array.from({ length: 440 }, (_, index) => image(index)))
        await inLanes(450, async () => {
          const socket = (await dial()).pause()
          await write(socket, `${head(`Content-Length: ${Buffer.byteLength(body)}`)}${body}`)
        })
      },
    ],
    [
      'registries that answer in chunks of one byte',
      () =>
        parallel(6, (pod) =>
          client.send(
            podReview(
              Array.from({ length: 64 }, (_, index) => `scattering-${index % 8}.example.com/a/b:${pod}-${index}`),
              { namespace: `n${pod}` },
            ),
          ),
        ),
    ],
    [
      'registries whose headers are thousands and have no end',
      () =>
        parallel(6, (pod) =>
          client.send(
            podReview(
              Array.from({ length: 64 }, (_, index) => `endless-${64 * pod + index}.example.com/a/b:1`),
              { namespace: `n${pod}` },
            ),
          ),
        ),
    ],
    [
      'a query that is ever another one',
      () =>
        inLanes(3000, (index) => client.send('{}', `/mutate?timeout=${index}${'s'.repeat(100)}&a=${'x'.repeat(7000)}`)),
    ],
  ]
  for (const [what, attack, longestLine = 16 * 1024] of attacks) {
    it(`stays under 200 MiB with ${what}`, async () => {
      await attack()
      await work()
      const told = (bytes: number) => `${Math.round(bytes / MiB)} MiB`
      const peak = peakMemory(program.pid)
      console.log(told(peak), told(harmless))
      expect(peak, `${told(peak)}, and ${told(harmless)} without`).to.be.lessThan(most)
      const lines = program
        .stdout()
        .split('\n')
        .map((line) => Buffer.byteLength(line))
      expect(Math.max(...lines), 'bytes of the longest line').to.be.at.most(longestLine)
      expect(
        lines.reduce((sum, bytes) => sum + bytes + 1, 0),
        'bytes of the log',
      ).to.be.at.most(8 * MiB)
    })
  }
})
