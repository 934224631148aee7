import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** What a name has: addresses (IPv4), none of the kind, no such name, a failure of the server, or no answer ever. */
export type DnsAnswer = readonly string[] | 'nxdomain' | 'servfail' | 'silence'

export interface NameServer {
  /** `127.0.0.1:port` */
  readonly address: string
  /** What was asked, in order, such as `A registry.test`. A question that was repeated stands there once more. */
  readonly asked: readonly string[]
  close(): Promise<void>
}

const types: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA' }
const responseCodes = { servfail: 2, nxdomain: 3 } as const

/** A name server over UDP on 127.0.0.1. @param answer to a question: `A` or `AAAA`, and the name in lower case */
export async function startNameServer(answer: (name: string, type: string) => DnsAnswer): Promise<NameServer> {
  const asked: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = readQuestion(query)
    asked.push(`${type} ${name}`)
    const answered = answer(name, type)
    if (answered !== 'silence') socket.send(response(query.subarray(0, end), answered), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    async close() {
      socket.close()
      await once(socket, 'close')
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

function response(question: Buffer, answer: Exclude<DnsAnswer, 'silence'>): Buffer {
  const addresses = typeof answer === 'string' ? [] : answer
  const head = Buffer.from(question)
  head.writeUInt16BE(0x8180 | (typeof answer === 'string' ? responseCodes[answer] : 0), 2)
  head.writeUInt16BE(addresses.length, 6)
  head.fill(0, 8, 12)
  // A pointer to the question's name, type A, class IN, a minute to live, four bytes.
  const records = addresses.map((address) =>
    Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)]),
  )
  return Buffer.concat([head, ...records])
}
