import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { lookUp, type LookUp } from '../../../src/network/dns/lookUp.ts'
import { startNameServer, type DnsAnswer, type NameServer } from '../../support/nameServer.ts'

/** `127.0.0.1:port`, or `[::1]:port` */
export type Place = Pick<NameServer, 'address'>

export interface LookUpScene {
  /** A name server for each answer, which it gives to every question. */
  answering(...answers: readonly DnsAnswer[]): Promise<NameServer[]>
  /** A name server that is asked for what to answer. */
  asking(...given: Parameters<typeof startNameServer>): Promise<NameServer>
  /** Something that answers over TCP as `write` does. */
  overTcp(write: (connection: Socket, query: Buffer) => void | Promise<void>): Promise<Place>
  close(): Promise<void>
}

export function createLookUpScene(): LookUpScene {
  const running: NameServer[] = []
  const listening: Server[] = []
  const asking: LookUpScene['asking'] = async (...given) => {
    const server = await startNameServer(...given)
    running.push(server)
    return server
  }
  return {
    asking,
    answering: (...answers) => Promise.all(answers.map((answer) => asking(() => answer))),
    async overTcp(write) {
      const server = createServer((connection) => {
        connection.once('data', (query: Buffer) => void write(connection, query))
      })
      listening.push(server.listen(0, '127.0.0.1'))
      await once(server, 'listening')
      return { address: `127.0.0.1:${(server.address() as AddressInfo).port}` }
    },
    async close() {
      for (const server of listening) server.close()
      await Promise.all(running.map((server) => server.close()))
    },
  }
}

export interface Found {
  /** The addresses, or what there is instead of some. */
  readonly found: readonly string[] | string
  /** Milliseconds. */
  readonly took: number
}

/** What these name servers make known of a name, by default in IPv4. */
export async function find(
  servers: readonly Place[],
  { overTcp = false, patience = 5000, ...more }: Partial<LookUp> & { overTcp?: boolean; patience?: number } = {},
): Promise<Found> {
  const started = performance.now()
  const finding = await lookUp({
    names: ['registry.test'],
    families: [4],
    nameServers: { servers: servers.map(at), overTcp },
    signal: AbortSignal.timeout(patience),
    ...more,
  })
  const found = finding.kind === 'addresses' ? finding.addresses.map(({ address }) => address) : finding.kind
  return { found, took: performance.now() - started }
}

function at({ address }: Place) {
  const url = new URL(`dns://${address}`)
  return { address: url.hostname.replace(/[[\]]/g, ''), port: Number(url.port) }
}
