import type { IncomingMessage } from 'node:http'

/** The API server's own limit of a request, with room for the review around the object (etcd's is 1.5 MiB). */
export const bodyLimit = 6 * 1024 * 1024

/** A client hears of the limit only when it has finished sending; past this it is cut off instead. */
const patience = 4 * bodyLimit

export type Body = { readonly text: string } | { readonly tooLarge: true }

/** The body as text, or that it is larger than the limit; undefined where the client went away or sent far more than the limit. */
export function readBody(request: IncomingMessage): Promise<Body | undefined> {
  return new Promise((resolve) => {
    let chunks: Buffer[] = []
    let size = 0
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
      resolve(size > bodyLimit ? { tooLarge: true } : { text: Buffer.concat(chunks).toString() })
    })
    request.on('close', () => {
      resolve(undefined)
    })
    request.on('error', () => {
      resolve(undefined)
    })
  })
}
