import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { createServer, isIPv6, type AddressInfo, type Socket } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Addresses, none of the kind, no such name, a failure of the server, a question that it does not answer, or no answer ever. */
export type DnsAnswer = readonly string[] | 'nxdomain' | 'servfail' | 'refused' | 'silence' | SplitAnswer

/** An answer that has no room in a datagram: what is told in the datagram, and what over TCP. */
export interface SplitAnswer {
  readonly overUdp: readonly string[]
  readonly overTcp: Exclude<DnsAnswer, SplitAnswer>
}

export interface NameServer {
  /** `127.0.0.1:port`, or `[::1]:port` */
  readonly address: string
  /** What was asked, in order, such as `A registry.test`. A question that was repeated stands there once more. */
  readonly asked: readonly string[]
  /** Those of them that were asked over TCP. */
  readonly askedOverTcp: readonly string[]
  close(): Promise<void>
}

const types: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA' }
const responseCodes = { servfail: 2, nxdomain: 3, refused: 5 } as const
const truncated = 0x0200

/**
 * A name server, over UDP and TCP.
 *
 * @param answer to a question: `A` or `AAAA`, and the name in lower case
 */
export async function startNameServer(
  answer: (name: string, type: string) => DnsAnswer | Promise<DnsAnswer>,
  host: '127.0.0.1' | '::1' = '127.0.0.1',
): Promise<NameServer> {
  const asked: string[] = []
  const askedOverTcp: string[] = []
  const connections = new Set<Socket>()
  const tcp = createServer((connection) => {
    connections.add(connection.once('close', () => connections.delete(connection)).on('error', () => undefined))
    const reply = async (query: Buffer) => {
      const { name, type, end } = readQuestion(query.subarray(2))
      asked.push(`${type} ${name}`)
      askedOverTcp.push(`${type} ${name}`)
      const answered = await answer(name, type)
      const told = typeof answered === 'object' && 'overTcp' in answered ? answered.overTcp : answered
      if (told === 'silence') return
      const message = response(query.subarray(2, 2 + end), told)
      const length = Buffer.alloc(2)
      length.writeUInt16BE(message.length)
      connection.write(Buffer.concat([length, message]))
    }
    connection.once('data', (query: Buffer) => void reply(query))
  })
  tcp.listen(0, host)
  await once(tcp, 'listening')
  const { port } = tcp.address() as AddressInfo

  const udp = createSocket(host === '::1' ? 'udp6' : 'udp4')
  const reply = async (query: Buffer, from: RemoteInfo) => {
    const { name, type, end } = readQuestion(query)
    asked.push(`${type} ${name}`)
    const answered = await answer(name, type)
    if (answered === 'silence') return
    const isSplit = typeof answered === 'object' && 'overTcp' in answered
    const message = response(query.subarray(0, end), isSplit ? answered.overUdp : answered)
    if (isSplit) message.writeUInt16BE(message.readUInt16BE(2) | truncated, 2)
    udp.send(message, from.port, from.address)
  }
  udp.on('message', (query, from) => void reply(query, from))
  udp.bind(port, host)
  await once(udp, 'listening')
  return {
    address: host === '::1' ? `[::1]:${port}` : `${host}:${port}`,
    asked,
    askedOverTcp,
    async close() {
      udp.close()
      tcp.close()
      for (const connection of connections) connection.destroy()
      await Promise.all([once(udp, 'close'), once(tcp, 'close')])
    },
  }
}

/** RFC 1035 section 4.1.2. */
function readQuestion(query: Buffer): { name: string; type: string; end: number } {
  const labels: string[] = []
  let position = 12
  for (let length = query[position] ?? 0; length > 0; length = query[position] ?? 0) {
    labels.push(query.toString('latin1', position + 1, position + 1 + length))
    position += 1 + length
  }
  const type = query.readUInt16BE(position + 1)
  return { name: labels.join('.').toLowerCase(), type: types[type] ?? String(type), end: position + 5 }
}

/** To a question (a message that ends with it). */
export function response(question: Buffer, answer: Exclude<DnsAnswer, 'silence' | SplitAnswer>): Buffer {
  const addresses = typeof answer === 'string' ? [] : answer
  const head = Buffer.from(question)
  head.writeUInt16BE(0x8180 | (typeof answer === 'string' ? responseCodes[answer] : 0), 2)
  head.writeUInt16BE(addresses.length, 6)
  head.fill(0, 8, 12)
  return Buffer.concat([head, recordsOf(addresses)])
}

const written = new WeakMap<readonly string[], Buffer>()

/** Four thousand take longer to write than to read, so they are kept. */
function recordsOf(addresses: readonly string[]): Buffer {
  const records = written.get(addresses) ?? Buffer.concat(addresses.map(addressRecord))
  written.set(addresses, records)
  return records
}

/** A pointer to the question's name, the type, class IN, a minute to live, and the address after its length. */
function addressRecord(address: string): Buffer {
  const bytes = ipaddr.parse(address).toByteArray()
  return Buffer.from([0xc0, 12, 0, isIPv6(address) ? 28 : 1, 0, 1, 0, 0, 0, 60, 0, bytes.length, ...bytes])
}
