import type { IncomingMessage } from 'node:http'

/** The API server's own limit of a request, with room for the review around the object (etcd's is 1.5 MiB). */
export const bodyLimit = 6 * 1024 * 1024

/** Bytes of all bodies that are being read. An API server sends one of a few KiB after the other along a connection. */
const totalLimit = 32 * 1024 * 1024

/** A body may be small and still fill the memory when it is parsed: `[[],[],[] …` takes forty times its size. */
const valuesLimit = 300_000
const looksHarmless = 256 * 1024

/** A client hears of the limit only when it has finished sending; past this it is cut off instead. */
const patience = 4 * bodyLimit

/** The text, or why it was not kept: larger than the limit, of too many values, or too much beside the others. */
export type Body = { readonly text: string } | { readonly refusal: 'too large' | 'too many values' | 'overloaded' }

/** Reads bodies, all of them together within `totalLimit`. */
export function createBodyReader() {
  let held = 0

  /**
   * Reads the body and calls `done` once: with what `Body` says, or with undefined where the client went away or sent far
   * more than the limit. A callback, because a promise is resolved a turn later.
   */
  return function readBody(request: IncomingMessage, done: (body: Body | undefined) => void): void {
    let chunks: Buffer[] = []
    let size = 0
    let kept = 0
    let ended = false
    let refusal: 'too large' | 'overloaded' | undefined

    function release(): void {
      chunks = []
      held -= kept
      kept = 0
    }
    function finish(): Body {
      if (refusal !== undefined) return { refusal }
      const text = Buffer.concat(chunks).toString()
      return text.length > looksHarmless && holdsMoreValues(text, valuesLimit)
        ? { refusal: 'too many values' }
        : { text }
    }
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > bodyLimit) refusal ??= 'too large'
      else if (held + chunk.length > totalLimit) refusal ??= 'overloaded'
      if (refusal === undefined) {
        chunks.push(chunk)
        kept += chunk.length
        held += chunk.length
        return
      }
      release()
      if (size > patience) request.destroy()
    })
    request.on('end', () => {
      ended = true
      const body = finish()
      release()
      done(body)
    })
    request.on('close', () => {
      if (ended) return
      release()
      done(undefined)
    })
  }
}

const [comma, bracket, brace] = [0x2c, 0x5b, 0x7b]

/** Counts what begins or parts values, within strings too: it is an upper bound. */
function holdsMoreValues(json: string, most: number): boolean {
  let count = 0
  for (let index = 0; index < json.length; index++) {
    const code = json.charCodeAt(index)
    if ((code === comma || code === bracket || code === brace) && ++count > most) return true
  }
  return false
}
