import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerCertificate } from '../../testbed/certificates.ts'
import { startHttpsServer } from '../../testbed/httpsServer.ts'

/** A request as a registry saw it. */
export interface Asked {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly authorization: string | undefined
  readonly accept: string | undefined
}

export type Reply =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string | string[]>>; readonly body?: string }
  /** Says nothing until the client gives up. */
  | 'hang'
  /** Closes the connection without a word. */
  | 'reset'

export type Script = (asked: Asked) => Reply | Promise<Reply>

export interface ScriptedRegistry {
  /** `https://127.0.0.1:PORT` */
  readonly url: string
  /** `127.0.0.1:PORT` */
  readonly host: string
  /** Since the last `play`. */
  readonly requests: readonly Asked[]
  /** How many connections were accepted since the start. */
  readonly connections: number
  /** Takes another part, and forgets the requests so far. */
  play(script: Script): void
  /** Shows another certificate from now on. */
  show(certificate: ServerCertificate): void
  close(): Promise<void>
}

/**
 * Starts a registry over https on a free port that answers as its script says and keeps a record of each request.
 *
 * @param certificate for 127.0.0.1.
 * @param seen is told each request too, for records that span several registries.
 */
export async function startScriptedRegistry(
  certificate: ServerCertificate,
  seen: (asked: Asked) => void = () => undefined,
): Promise<ScriptedRegistry> {
  let script: Script = () => status(500)
  let requests: Asked[] = []

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'https://registry')
    const { authorization, accept } = request.headers
    const asked = { method: request.method ?? '', path: url.pathname, query: url.searchParams, authorization, accept }
    requests.push(asked)
    seen(asked)
    const reply = await script(asked)
    if (reply === 'hang') return
    if (reply === 'reset') request.socket.destroy()
    else response.writeHead(reply.status, reply.headers).end(reply.body)
  }
  const server = await startHttpsServer(certificate, (request, response) => void answer(request, response))
  const host = `127.0.0.1:${server.port}`

  return {
    url: `https://${host}`,
    host,
    show: ({ cert, key }) => {
      server.server.setSecureContext({ cert, key })
    },
    get requests() {
      return requests
    },
    get connections() {
      return server.accepted
    },
    play(next) {
      script = next
      requests = []
    },
    close: () => server.close(),
  }
}

/** The parts of a registry that a check meets. What is left out must not be asked for: it answers 500. */
export interface Part {
  /** To a HEAD without `Authorization`. */
  readonly head?: Reply
  /** To a GET at `/token`. */
  readonly token?: Reply
  /** To a HEAD with `Authorization`. */
  readonly headWithToken?: Reply
  /** To any GET of a manifest. */
  readonly get?: Reply
}

export function playing({ head, token, headWithToken, get }: Part): Script {
  return ({ method, path, authorization }) => {
    if (path === '/token') return token ?? status(500)
    if (method === 'GET') return get ?? status(500)
    return (authorization === undefined ? head : headWithToken) ?? status(500)
  }
}

export const ociManifestType = 'application/vnd.oci.image.manifest.v1+json'
export const manifestBody = JSON.stringify({
  schemaVersion: 2,
  mediaType: ociManifestType,
  config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: `sha256:${'c'.repeat(64)}`, size: 2 },
  layers: [],
})

export const manifest: Reply = {
  status: 200,
  headers: { 'content-type': ociManifestType, 'docker-content-digest': `sha256:${'a'.repeat(64)}` },
  body: manifestBody,
}

export function status(code: number, headers: Record<string, string | string[]> = {}): Reply {
  return { status: code, headers }
}

export function html(code: number): Reply {
  return { status: code, headers: { 'content-type': 'text/html' }, body: '<html><h1>Please sign in</h1></html>' }
}

export function json(code: number, content: unknown, headers: Record<string, string> = {}): Reply {
  return { status: code, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(content) }
}

/** An error of the distribution spec. */
export function failure(code: number, name: string): Reply {
  return json(code, { errors: [{ code: name, message: name.toLowerCase() }] })
}

export const manifestUnknown = failure(404, 'MANIFEST_UNKNOWN')

export function challenge(...lines: string[]): Reply {
  return status(401, { 'www-authenticate': lines })
}

/** A challenge's text. */
export function bearer(realm: string, params: Record<string, string> = {}): string {
  return `Bearer ${Object.entries({ realm, ...params })
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}`
}

export function redirect(location: string, code = 307): Reply {
  return status(code, { location })
}
