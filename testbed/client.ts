import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly json: unknown
}

export interface ClientOptions extends RequestOptions {
  readonly body?: string | Buffer
}

/** Sends one request to https://localhost:`port` and reads the whole answer. */
export function send(port: number, path: string, { body, ...options }: ClientOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest({ host: 'localhost', port, path, method: 'POST', ...options }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: text,
          get json() {
            return JSON.parse(text) as unknown
          },
        })
      })
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** A client of one webhook, which trusts `ca` and posts JSON over one kept-alive connection. */
export function createClient(port: number, ca: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca })
  const headers = { 'content-type': 'application/json' }
  return {
    post: (path: string, body: string | Buffer, options: RequestOptions = {}) =>
      send(port, path, { agent, headers, body, ...options }),
    close: () => {
      agent.destroy()
    },
  }
}
