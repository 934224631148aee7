import { createSocket } from 'node:dgram'
import { on, once } from 'node:events'
import { connect, isIPv6 } from 'node:net'
import { readAnswer, type Answer, type Family, type Reading } from './message.ts'
import type { NameServer } from './nameServers.ts'

export interface Question {
  readonly family: Family
  /** The message that asks. */
  readonly message: Buffer
}

/**
 * In milliseconds, for a datagram that was lost, and twice as long each time. The C library asks again after five seconds,
 * when nobody waits any more.
 */
export const retransmission = 300
/**
 * In bytes. An answer over TCP could have 64 KiB, four thousand addresses. This is room for as many as are used, and for
 * aliases.
 */
const mostBytes = 8192

/**
 * Asks one name server, over UDP, and over TCP what has no room in a datagram. Rejects with the error of the socket where
 * the server cannot be reached, and with an `AbortError` when the signal says so.
 */
export async function askNameServer(
  server: NameServer,
  question: Question,
  { signal, overTcp }: { readonly signal: AbortSignal; readonly overTcp: boolean },
): Promise<Answer> {
  const told = overTcp ? undefined : await askOverUdp(server, question, signal)
  if (told !== undefined && told.kind !== 'truncated') return told
  const whole = await askOverTcp(server, question, signal)
  return whole.kind === 'truncated' ? { kind: 'refused' } : whole
}

/** A socket of its own for each question: its random port makes forged answers harder, and others' are not delivered. */
async function askOverUdp(
  { address, port }: NameServer,
  { message, family }: Question,
  signal: AbortSignal,
): Promise<Reading> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  // An error that comes when nobody waits any more is nobody's.
  socket.on('error', () => undefined)
  let timer: NodeJS.Timeout | undefined
  const send = (wait: number) => {
    socket.send(message)
    timer = setTimeout(send, wait, wait * 2)
  }
  try {
    socket.connect(port, address)
    await once(socket, 'connect', { signal })
    const messages = on(socket, 'message', { signal })
    send(retransmission)
    for await (const [received] of messages as AsyncIterable<[Buffer]>) {
      const reading = readAnswer(received, message, family)
      if (reading !== undefined) return reading
    }
    return { kind: 'refused' }
  } finally {
    clearTimeout(timer)
    socket.close()
  }
}

/** RFC 1035 section 4.2.2: each message after its length, of two bytes. What is too long is not read. */
async function askOverTcp(
  { address, port }: NameServer,
  { message, family }: Question,
  signal: AbortSignal,
): Promise<Reading> {
  const socket = connect({ host: address, port, signal })
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  socket.write(Buffer.concat([length, message]))
  let received = Buffer.alloc(0)
  // It is closed when no more of it is read.
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk])
    if (received.length < 2) continue
    const end = 2 + received.readUInt16BE(0)
    if (end > mostBytes) break
    if (received.length >= end) return readAnswer(received.subarray(2, end), message, family) ?? { kind: 'refused' }
  }
  return { kind: 'refused' }
}
