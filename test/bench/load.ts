import { Agent, request } from 'node:https'

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

/** Posts `requests` reviews over `connections` kept-alive connections, each as soon as the last answer on it is there. */
export async function load(target: Target, connections: number, requests: number): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const latencies: number[] = []
  let sent = 0
  const client = async (): Promise<void> => {
    while (sent++ < requests) {
      const started = performance.now()
      await post(target, agent)
      latencies.push(performance.now() - started)
    }
  }
  await Promise.all(Array.from({ length: connections }, client))
  agent.destroy()
  return { latencies: latencies.sort((a, b) => a - b) }
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
