import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { connect, type TLSSocket } from 'node:tls'

export interface Load {
  /** Milliseconds of each request, in ascending order. */
  readonly latencies: readonly number[]
}

export interface Target {
  readonly port: number
  readonly body: string
  readonly ca: string
}

/** Posts one review and returns the answer. @throws where it is not answered with 200 */
export function post({ port, body, ca }: Target, agent?: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request({
      host: 'localhost',
      port,
      path: '/mutate?timeout=10s',
      method: 'POST',
      headers,
      ca,
      ...(agent && { agent }),
    })
    sent.on('error', reject)
    sent.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`${response.statusCode ?? 0}: ${text}`))
      })
      response.on('error', reject)
    })
    sent.end(body)
  })
}

/**
 * Posts `requests` reviews over `connections` kept-alive connections, each as soon as the last answer on it is there.
 * Sends the same bytes each time and looks at no more of an answer than its length: whoever costs as much as the server
 * measures himself. @throws where one is not answered with 200
 */
export async function load({ port, body, ca }: Target, connections: number, requests: number): Promise<Load> {
  const head = [
    'POST /mutate?timeout=10s HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  const bytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
  const sockets = Array.from({ length: connections }, () => connect({ host: 'localhost', port, ca }))
  await Promise.all(sockets.map((socket) => once(socket, 'secureConnect')))
  const latencies: number[] = []
  let sent = 0
  const client = async (socket: TLSSocket): Promise<void> => {
    while (sent++ < requests) {
      const started = performance.now()
      await exchange(socket, bytes)
      latencies.push(performance.now() - started)
    }
    socket.destroy()
  }
  let ended = false
  // To wake a client that sleeps costs the server's processor up to half a request, and the more often the slower it is.
  const stayAwake = (): void => {
    if (!ended) setImmediate(stayAwake)
  }
  stayAwake()
  await Promise.all(sockets.map(client))
  ended = true
  return { latencies: latencies.sort((a, b) => a - b) }
}

/** Resolves when the answer to `bytes` is there to its end. */
function exchange(socket: TLSSocket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const fail = (error?: Error): void => {
      reject(error ?? new Error(`the connection ended after: ${answer}`))
    }
    const receive = (chunk: Buffer): void => {
      answer += chunk.toString('latin1')
      const end = answer.indexOf('\r\n\r\n')
      if (end < 0 || answer.length < end + 4 + Number(/^content-length: (\d+)/im.exec(answer)?.[1])) return
      socket.off('data', receive).off('error', fail).off('close', fail)
      if (answer.startsWith('HTTP/1.1 200 ')) resolve()
      else fail(new Error(answer))
    }
    socket.on('data', receive).on('error', fail).on('close', fail)
    socket.write(bytes)
  })
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN
}

export function median(values: readonly number[]): number {
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  )
}
