import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect } from 'node:tls'
import type { ServerCertificate } from '../../testbed/certificates.ts'
import { startHttp2Server, type RunningServer } from '../../testbed/httpsServer.ts'
import { createWebhookClient } from './app.ts'
import { floods, startFloodingRegistry } from './floodingRegistries.ts'
import { podReview } from './podReviews.ts'

/** Whom an attack is on. */
export interface Target {
  /** Of the webhook. */
  readonly port: number
  readonly ca: string
  /** The port of the hosts whose names a name server tells. */
  readonly namedPort: number
  /** Of the hosts of `flood.test`: one as others have it, and one that is costly to verify. */
  readonly certificates: { readonly ordinary: ServerCertificate; readonly costly: ServerCertificate }
}

/** What somebody does to the webhook, and what does no harm of as many bytes and connections. */
export interface Attack {
  readonly attack: (target: Target) => Promise<void>
  readonly harmless: (target: Target) => Promise<void>
  /** Whether it takes hosts whose names a name server of the test tells. */
  readonly needsNames?: true
}

const MiB = 1024 * 1024

/** An image whose registry has answered before. */
const known = 'redis:7'

const head = (length: string) =>
  `POST /mutate?timeout=10s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${length}\r\n\r\n`

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at))

/** Posts each body that there is, so many at once, whatever becomes of them. */
async function post({ port, ca }: Target, lanes: number, count: number, body: (index: number) => string) {
  const client = createWebhookClient(port, ca)
  let next = 0
  await Promise.all(
    times(lanes, async () => {
      while (next < count) await client.send(body(next++)).catch(() => undefined)
    }),
  )
  client.close()
}

/** A review of one known image, as large as another. */
function asLargeAs(body: string, { text = 'x' } = {}): string {
  const padding = Math.ceil((body.length - podReview([known]).length) / (JSON.stringify(text).length - 2))
  return padded(text.repeat(Math.max(0, padding)))
}
function padded(text: string, images = [known]): string {
  const review = JSON.parse(podReview(images)) as { request: { object: { metadata: object } } }
  Object.assign(review.request.object.metadata, { annotations: { text } })
  return JSON.stringify(review)
}

async function dial({ port, ca }: Target, how: 'tls' | 'tcp' = 'tls'): Promise<Socket> {
  const socket = how === 'tls' ? connect({ port, host: 'localhost', ca }) : connectTcp(port, 'localhost')
  socket.on('error', () => undefined).resume()
  // It may be closed again at once, or fail: there is an end to what the webhook keeps.
  const opened = how === 'tls' ? 'secureConnect' : 'connect'
  await Promise.race([once(socket, opened), once(socket, 'close')]).catch(() => undefined)
  return socket
}
const write = (socket: Socket, data: string | Buffer) => new Promise((resolve) => socket.write(data, resolve))

/** A write that waits for the one before it is a record of its own. */
async function writeByteByByte(socket: Socket, text: string): Promise<void> {
  for (const byte of text) if (!socket.destroyed) await write(socket, byte)
}

/** What is sent and held until the webhook has had some time with it. */
async function hold(sockets: readonly Socket[]): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 3000))
  for (const socket of sockets) socket.destroy()
}

let run = 0

/** Each time other images, which the webhook has not heard of before. */
const fresh = () => `${process.pid}-${run++}`

const invalid = (pod: number) =>
  podReview(
    times(50, (index) => `${pod}-${index}${'\u0001'.repeat(600)}`),
    { dryRun: true },
  )
const images = (count: number, image: (index: number) => string) => podReview(times(count, image))

function thousands(): string {
  const name = fresh()
  return images(5000, (index) => `many-${index % 5}.example.com/team/good-${name}-${index}:1`)
}

/** Pods of 64 images each, of hosts that nobody has asked before. */
async function deploy(target: Target, pods: number, { port }: RunningServer, name: (index: number) => string) {
  const run = fresh()
  await post(target, pods, pods, (pod) =>
    images(64, (index) => `${name(index)}-${run}.flood.test:${port}/team/app-${pod}:1`),
  )
}

export const attacks = {
  'dry-run Pods of 50 images of control characters': {
    attack: (target) => post(target, 8, 1600, invalid),
    harmless: (target) => post(target, 8, 1600, (pod) => asLargeAs(invalid(pod), { text: '\u0001' })),
  },
  'a body of 2 MB in chunks of one byte': {
    async attack(target) {
      const socket = await dial(target)
      await write(socket, head('Transfer-Encoding: chunked'))
      for (let sent = 0; sent < 2e6; sent += 1e4) await write(socket, '1\r\n \r\n'.repeat(1e4))
      socket.destroy()
    },
    harmless: (target) => post(target, 1, 6, () => padded('x'.repeat(2e6))),
  },
  'large reviews that wait for a slow registry': {
    attack: (target) =>
      post(target, 20, 20, (index) => padded('x'.repeat(3.3 * MiB), [`silent.example.com/a/${fresh()}:${index}`])),
    harmless: (target) => post(target, 20, 20, () => padded('x'.repeat(3.3 * MiB))),
  },
  'unfinished bodies, and a thousand silent connections': {
    async attack(target) {
      const silent = await Promise.all(times(1000, () => dial(target, 'tcp')))
      const sockets = await Promise.all(
        times(6, async () => {
          const socket = await dial(target)
          await write(socket, head(`Content-Length: ${6 * MiB}`))
          await write(socket, Buffer.alloc(5.9 * MiB, ' '))
          return socket
        }),
      )
      await hold([...silent, ...sockets])
    },
    async harmless(target) {
      await post(target, 6, 6, () => padded('x'.repeat(5.9 * MiB)))
      const body = podReview([known])
      const sockets = await Promise.all(
        times(1000, async () => {
          const socket = await dial(target)
          await write(socket, `${head(`Content-Length: ${body.length}`)}${body}`)
          return socket
        }),
      )
      await hold(sockets)
    },
  },
  'large bodies at once, and bodies that are mostly values': {
    async attack(target) {
      const values = `{"request":[${'[],'.repeat(80_000)}0]}`
      await Promise.all([post(target, 12, 12, () => padded('x'.repeat(5.9 * MiB))), post(target, 6, 60, () => values)])
    },
    harmless: (target) => post(target, 18, 340, () => padded('x'.repeat(MiB / 4))),
  },
  'headers, requests and records of TLS that are small and many': {
    async attack(target) {
      const connections = await Promise.all(times(100, () => dial(target)))
      await Promise.all(
        connections.map(async (socket, index) => {
          if (index % 10 === 0) await writeByteByByte(socket, `${head('Content-Length: 3000')}${' '.repeat(3000)}`)
          else if (index % 2 === 0) await write(socket, `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(1300)}`)
          else await write(socket, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(300))
        }),
      )
      for (const socket of connections) socket.destroy()
    },
    async harmless(target) {
      const body = asLargeAs(' '.repeat(8000))
      const connections = await Promise.all(times(100, () => dial(target)))
      await Promise.all(connections.map((socket) => write(socket, `${head(`Content-Length: ${body.length}`)}${body}`)))
      for (const socket of connections) socket.destroy()
    },
  },
  'a Pod of 64 images whose name server is silent': {
    needsNames: true,
    attack: (target) => post(target, 1, 1, () => images(64, (index) => `n${index}-${fresh()}.silent.test/team/app:1`)),
    harmless: (target) =>
      post(target, 1, 1, () => images(64, (index) => `n${index}-${fresh()}.good.test:${target.namedPort}/team/good:1`)),
  },
  'Pods of 64 images whose name server gives each four thousand addresses': {
    needsNames: true,
    attack: (target) => post(target, 3, 12, () => images(64, (index) => `n${index}-${fresh()}.many.test/team/app:1`)),
    harmless: (target) => post(target, 3, 12, () => images(64, (index) => `n${index}-${fresh()}.none.test/team/app:1`)),
  },
  'a Pod of 64 images whose four hosts once answered and then redirect to themselves': {
    async attack(target) {
      await post(target, 1, 1, () => images(4, (index) => `slow-${index}.example.com/team/good:1`))
      await post(target, 1, 1, () => images(64, (index) => `slow-${index % 4}.example.com/team/turn-${fresh()}:1`))
    },
    async harmless(target) {
      await post(target, 1, 1, () => images(4, (index) => `slow-${index}.example.com/team/good:1`))
      await post(target, 1, 1, () => images(64, (index) => `slow-${index % 4}.example.com/team/good-${fresh()}:1`))
    },
  },
  'a Pod of 5 000 images on 5 hosts': {
    attack: (target) => post(target, 1, 1, thousands),
    // The same is parsed, and nothing of it is for the webhook to decide.
    harmless: (target) => post(target, 1, 1, () => thousands().replace('"operation":"CREATE"', '"operation":"DELETE"')),
  },
  'a Pod of 64 images whose registries send what has no content, as fast as it is read': {
    needsNames: true,
    async attack(target) {
      const registry = await startFloodingRegistry(target.certificates)
      await deploy(target, 1, registry, (index) => `${floods[index % floods.length] ?? ''}-${index}`)
      await registry.close()
    },
    async harmless(target) {
      const registry = await startHttp2Server(target.certificates.ordinary, (_, response) => {
        response.setHeader('content-type', 'text/html')
        response.end(' '.repeat(60_000))
      })
      await deploy(target, 16, registry, (index) => `portal-${index}`)
      await registry.close()
    },
  },
} as const satisfies Readonly<Record<string, Attack>>

export type AttackName = keyof typeof attacks
