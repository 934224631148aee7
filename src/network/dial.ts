import { connect, type Socket } from 'node:net'
import type { LookupAddress } from 'node:dns'
import { TransportError } from './errors.ts'

/** In milliseconds, as RFC 8305 section 5 recommends. */
const attemptDelay = 250
/** Whoever owns a name chooses its addresses: a host with hundreds must not become a scan of the network. */
const maxAttempts = 16

/** Opens a TCP connection to one of a host's addresses, unless the signal ends it before. */
export type Dial = (addresses: readonly LookupAddress[], port: number, signal: AbortSignal) => Promise<Socket>

/**
 * Opens a TCP connection to the first of a host's addresses that takes one. An address that has not answered after
 * 250 ms goes on trying beside the next (RFC 8305): Node's own way gives each of them up for the next, and so never
 * reaches a host whose answers take longer than that. Rejects with a `TransportError` of the reason `timeout` when the
 * signal ends it, else with the error of the last address that refused.
 */
export const dial: Dial = (addresses, port, signal) => {
  const left = interleaved(addresses).slice(0, maxAttempts)
  const trying = new Set<Socket>()
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  let timer: NodeJS.Timeout | undefined

  const end = () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', giveUp)
    left.length = 0
    for (const socket of trying) socket.destroy()
  }
  const giveUp = () => {
    end()
    reject(new TransportError('timeout', 'no connection in time'))
  }
  const tryNext = () => {
    clearTimeout(timer)
    const next = left.shift()
    if (next === undefined) return
    const socket = connect({ host: next.address, port, noDelay: true })
    trying.add(socket)
    socket.once('connect', () => {
      trying.delete(socket)
      end()
      resolve(socket)
    })
    socket.once('error', (error) => {
      trying.delete(socket)
      if (left.length > 0) tryNext()
      else if (trying.size === 0) {
        end()
        reject(error)
      }
    })
    if (left.length > 0) timer = setTimeout(tryNext, attemptDelay)
  }

  signal.addEventListener('abort', giveUp)
  if (signal.aborted) giveUp()
  else tryNext()
  return promise
}

/** The families in turn, the first one's first address first (RFC 8305 section 4). */
function interleaved(addresses: readonly LookupAddress[]): LookupAddress[] {
  const first = addresses.filter(({ family }) => family === addresses[0]?.family)
  const second = addresses.filter(({ family }) => family !== addresses[0]?.family)
  const longer = Math.max(first.length, second.length)
  return Array.from({ length: longer }, (_, index) => [first[index] ?? [], second[index] ?? []].flat()).flat()
}
