import type { ServerResponse } from 'node:http'

/** Bytes of answers that wait for their clients to read them. */
const total = 8 * 1024 * 1024

/**
 * Bounds the memory of answers that clients do not read: beyond the bound, the connection of the one that has waited
 * longest is closed.
 * @returns to be called with each answer before it is sent
 */
export function boundUnreadAnswers(): (response: ServerResponse, bytes: number) => void {
  /** In the order in which they were given. */
  const waiting = new Map<ServerResponse, number>()
  let held = 0

  function forget(response: ServerResponse): void {
    held -= waiting.get(response) ?? 0
    waiting.delete(response)
  }
  return (response, bytes) => {
    for (const oldest of waiting.keys()) {
      if (held + bytes <= total) break
      forget(oldest)
      oldest.destroy()
    }
    waiting.set(response, bytes)
    held += bytes
    response.on('close', () => {
      forget(response)
    })
  }
}
