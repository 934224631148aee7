import type { IncomingMessage } from 'node:http'

/** The API server's own limit of a request, with room for the review around the object (etcd's is 1.5 MiB). */
export const bodyLimit = 6 * 1024 * 1024

/** A client hears of the limit only when it has finished sending; past this it is cut off instead. */
const patience = 4 * bodyLimit

export type Body = { readonly text: string } | { readonly tooLarge: true }

/**
 * Reads the body and calls `done` once: with its text, or that it is larger than the limit; with undefined where the
 * client went away or sent far more than that. A callback, because a promise is resolved a turn later.
 */
export function readBody(request: IncomingMessage, done: (body: Body | undefined) => void): void {
  let chunks: Buffer[] = []
  let size = 0
  let ended = false
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= bodyLimit) {
      chunks.push(chunk)
      return
    }
    chunks = []
    if (size > patience) request.destroy()
  })
  request.on('end', () => {
    ended = true
    done(size > bodyLimit ? { tooLarge: true } : { text: Buffer.concat(chunks).toString() })
  })
  request.on('close', () => {
    if (!ended) done(undefined)
  })
}
