import type { IncomingMessage } from 'node:http'
import { BodyBuffer } from '../bodies/bodyBuffer.ts'
import { createGarbage } from '../bodies/garbage.ts'
import { createBodyMemory } from './bodyMemory.ts'
import { createScatterCheck } from '../bodies/scattered.ts'

/** The API server's own limit of a request, with room for the review around the object (etcd's is 1.5 MiB). */
export const bodyLimit = 6 * 1024 * 1024

/** A body may be small and still fill the memory when it is parsed: `[[],[],[] …` takes forty times its size. */
const valuesLimit = 300_000
const looksHarmless = 256 * 1024

/** Bytes that a value takes when it is parsed, such as an empty array. */
const valueSize = 40

/** Bytes of a body that takes less than a millisecond, whatever it is. Those of most Pods have no more. */
const quick = 32 * 1024

/** Why a body is not read, or was not kept. */
export type BodyRefusal = 'too large' | 'too many values' | 'too scattered' | 'slow' | 'overloaded'

export type Body = { readonly text: string } | { readonly refusal: BodyRefusal }

/** Reads bodies, which share a bounded memory. */
export function createBodyReader() {
  const admit = createBodyMemory()

  /**
   * Reads the body and calls `done` once: with what `Body` says, or with undefined where the client went away. What
   * still comes after a refusal is the caller's. A callback, because a promise is resolved a turn later.
   */
  return function readBody(request: IncomingMessage, done: (body: Body | undefined) => void): void {
    const announced = lengthOf(request)
    if (announced !== undefined && announced > bodyLimit) {
      done({ refusal: 'too large' })
      return
    }
    const buffer = new BodyBuffer(announced)
    const isScattered = createScatterCheck()
    const lease = admit(announced ?? 0, (why) => {
      finish({ refusal: why })
    })

    let isDone = false
    function finish(body: Body | undefined): void {
      if (isDone) return
      isDone = true
      // No event follows the end, and removing listeners costs more than reading a small body.
      if (!request.readableEnded) request.off('data', receive).off('end', end)
      lease.release()
      buffer.discard()
      done(body)
    }
    function receive(chunk: Buffer): void {
      if (buffer.size + chunk.length > bodyLimit) finish({ refusal: 'too large' })
      else if (isScattered(chunk.length)) finish({ refusal: 'too scattered' })
      else if (!lease.grow(buffer.capacityWith(chunk.length), chunk.length)) finish({ refusal: 'overloaded' })
      else buffer.append(chunk)
    }
    function end(): void {
      if (buffer.size <= quick) finish({ text: buffer.take() })
      else {
        // `close` follows at once after `end`, and does not mean that the connection was lost.
        request.off('close', leave)
        inTurn(endLarge)
      }
    }
    function endLarge(): void {
      if (isDone) return
      if (request.socket.destroyed) {
        leave()
        return
      }
      const text = buffer.take()
      const values = countValues(text, valuesLimit)
      const parsed = text.length + values * valueSize
      if (parsed > looksHarmless) garbage.add(parsed)
      finish(text.length > looksHarmless && values > valuesLimit ? { refusal: 'too many values' } : { text })
    }
    function leave(): void {
      finish(undefined)
    }
    request.on('data', receive).on('end', end).on('close', leave)
  }
}

const turns: (() => void)[] = []
const garbage = createGarbage()

/**
 * Runs one such piece of work in each turn of the event loop, so that other requests are served in between. To collect what
 * the earlier ones have left takes a turn, too.
 */
function inTurn(work: () => void): void {
  turns.push(work)
  if (turns.length === 1) setImmediate(takeTurn)
}

function takeTurn(): void {
  if (garbage.collect()) {
    setImmediate(takeTurn)
    return
  }
  const work = turns.shift()
  if (turns.length > 0) setImmediate(takeTurn)
  work?.()
}

/** Node.js has refused what is no number, and a Content-Length beside a Transfer-Encoding. */
function lengthOf({ headers }: IncomingMessage): number | undefined {
  const { 'content-length': length } = headers
  return length === undefined ? undefined : Number(length)
}

const [comma, bracket, brace] = [0x2c, 0x5b, 0x7b]

/** Counts the characters that begin or separate values, also those within strings, up to `most`: no less than the values. */
function countValues(json: string, most: number): number {
  let count = 0
  for (let index = 0; index < json.length && count <= most; index++) {
    const code = json.charCodeAt(index)
    if (code === comma || code === bracket || code === brace) count++
  }
  return count
}
