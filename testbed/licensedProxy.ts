import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { TLSSocket } from 'node:tls'
import type { ServerCertificate } from './certificates.ts'
import { startServer, type Listen } from './httpsServer.ts'
import { pull, type Link } from './upstream.ts'

export type { Link } from './upstream.ts'

export type LicenseStatus = 'active' | 'expired' | 'revoked'

export interface LicensedProxyOptions {
  /** For the names under which the proxy is asked. */
  readonly certificate: ServerCertificate
  /** Default: a free port of 127.0.0.1. */
  readonly listen?: Listen
  /** Where it listens for plain HTTP as well: what container runtimes speak with `localhost`. Default: nowhere. */
  readonly listenPlain?: Listen
  /** The ids of the licenses that are active from the start. */
  readonly licenses: readonly string[]
  /** The registries that the vendor linked, by the host that images name. Docker Hub's is `docker.io`. */
  readonly links: Readonly<Record<string, Link>>
  /** Where images that are not behind `/proxy/` come from: what the license's own registry hosts. */
  readonly hosted?: Link
  /** Default: `bearer`. */
  readonly scheme?: 'bearer' | 'basic'
  /** The slugs of the applications that the licenses are for. Default: any. */
  readonly apps?: readonly string[]
  /** What is answered for a registry that is not linked, and for another application. Default: 404. */
  readonly unlinkedStatus?: number
}

/** One request for a manifest or a blob. */
export interface Pull {
  readonly method: string
  /** As it comes after `/v2/`, with what is asked for at its end. */
  readonly path: string
  /** The license that was shown, known or not. */
  readonly license: string | undefined
  readonly status: number
}

export interface LicensedProxy {
  /** `https://localhost:PORT` */
  readonly url: string
  readonly port: number
  /** `http://localhost:PORT`, where it speaks plain HTTP. */
  readonly plainUrl?: string
  readonly pulls: readonly Pull[]
  setLicense(id: string, status: LicenseStatus): void
  /** Waits so many milliseconds before each answer from now on. */
  delayAnswers(milliseconds: number): void
  /** Takes the link to a registry away, or gives it back. */
  setLinked(host: string, linked: boolean): void
  close(): Promise<void>
}

/** What a license id goes with at the proxy, literally. */
const licenseUser = 'LICENSE_ID'
/** Seconds. */
const tokenLifetime = 60

/**
 * Starts a stand-in for the licensed proxy, over https. `/v2/proxy/APPSLUG/IMAGE/manifests/REFERENCE` and `…/blobs/DIGEST`
 * are pulled through from the registry that IMAGE names, with the vendor's credentials, for whoever shows an active
 * license: at the token endpoint, or as Basic credentials where `scheme` says so.
 */
export async function startLicensedProxy(options: LicensedProxyOptions): Promise<LicensedProxy> {
  const { certificate, licenses, scheme = 'bearer', unlinkedStatus = 404 } = options
  const known = new Map<string, LicenseStatus>(licenses.map((id) => [id, 'active']))
  const tokens = new Map<string, { readonly license: string; readonly until: number }>()
  const pulls: Pull[] = []
  let delay = 0
  const unlinked = new Set<string>()

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (delay > 0) await pause(delay)
    const { pathname } = new URL(request.url ?? '/', 'https://proxy')
    if (pathname === '/token') {
      giveToken(request, response)
      return
    }
    const path = pathname.replace(/^\/v2\//, '')
    const status = await serve(request, response, path)
    if (path !== '') pulls.push({ method: request.method ?? '', path, license: licenseOf(request), status })
  }

  function giveToken(request: IncomingMessage, response: ServerResponse): void {
    // Clients that try OAuth2 first take this for a sign to ask with GET.
    if (request.method !== 'GET') {
      refuse(response, 405, 'UNSUPPORTED')
      return
    }
    const license = basicLicense(request)
    const refusal = refusalOf(license)
    if (refusal !== undefined || license === undefined) {
      refuse(response, refusal ?? 401, refusal === 403 ? 'DENIED' : 'UNAUTHORIZED')
      return
    }
    const token = randomUUID()
    tokens.set(token, { license, until: Date.now() + tokenLifetime * 1000 })
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ token, expires_in: tokenLifetime }))
  }

  /** @returns the status */
  async function serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<number> {
    const refusal = refusalOf(licenseOf(request))
    if (refusal !== undefined) {
      if (refusal === 401) response.setHeader('www-authenticate', challenge(request, path))
      return refuse(response, refusal, refusal === 403 ? 'DENIED' : 'UNAUTHORIZED')
    }
    if (path === '') return respond(response, 200)
    const place = placeOf(path, options)
    if (place === undefined || unlinked.has(place.host)) return refuse(response, unlinkedStatus, 'NAME_UNKNOWN')
    const method = request.method === 'HEAD' ? 'HEAD' : 'GET'
    try {
      const upstream = await pull(place.link, method, place.path, request.headers.accept)
      return forward(upstream, response)
    } catch {
      return refuse(response, 502, 'UNAVAILABLE')
    }
  }

  function licenseOf(request: IncomingMessage): string | undefined {
    if (scheme === 'basic') return basicLicense(request)
    const granted = tokens.get(/^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '')
    return granted !== undefined && Date.now() < granted.until ? granted.license : undefined
  }

  /** A status, or undefined for a license that is active. */
  function refusalOf(license: string | undefined): 401 | 403 | undefined {
    switch (license === undefined ? undefined : known.get(license)) {
      case 'active':
        return undefined
      case 'expired':
        return 403
      case 'revoked':
      case undefined:
        return 401
    }
  }

  function challenge({ headers: { host = '' }, socket }: IncomingMessage, path: string): string {
    if (scheme === 'basic') return 'Basic realm="licensed proxy"'
    const protocol = socket instanceof TLSSocket ? 'https' : 'http'
    const repository = path.replace(/\/(?:manifests|blobs)\/[^/]+$/, '')
    const scope = repository === '' ? '' : `,scope="repository:${repository}:pull"`
    return `Bearer realm="${protocol}://${host}/token",service="${host}"${scope}`
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => void answer(request, response)
  const { port, host, close } = await startServer(createServer({ ...certificate }, listener), options.listen)
  const plain = options.listenPlain && (await startServer(createPlainServer(listener), options.listenPlain))
  return {
    url: `https://${host}`,
    port,
    ...(plain && { plainUrl: `http://${plain.host}` }),
    pulls,
    setLicense: (id, status) => known.set(id, status),
    delayAnswers: (milliseconds) => {
      delay = milliseconds
    },
    setLinked: (host, linked) => (linked ? unlinked.delete(host) : unlinked.add(host)),
    close: async () => {
      await Promise.all([close(), plain?.close()])
    },
  }
}

function basicLicense({ headers: { authorization = '' } }: IncomingMessage): string | undefined {
  const [scheme = '', encoded = ''] = authorization.split(' ')
  const [username, ...password] = Buffer.from(encoded, 'base64').toString().split(':')
  return scheme.toLowerCase() === 'basic' && username === licenseUser ? password.join(':') : undefined
}

/** Where the vendor has what `path` asks for; undefined where nothing is linked. */
function placeOf(path: string, { links, hosted, apps }: LicensedProxyOptions) {
  const [, app = '', image = '', what = ''] = /^proxy\/([^/]+)\/(.+)(\/(?:manifests|blobs)\/[^/]+)$/.exec(path) ?? []
  if (image === '') return hosted && { host: '', link: hosted, path: `/v2/${path}` }
  if (apps?.includes(app) === false) return undefined

  const [first = '', ...rest] = image.split('/')
  const named = rest.length > 0 && (first === 'localhost' || /[.:]/.test(first))
  const host = named ? first : 'docker.io'
  const repository = named ? rest.join('/') : image
  const official = host === 'docker.io' && !repository.includes('/')
  const link = Object.hasOwn(links, host) ? links[host] : undefined
  return link && { host, link, path: `/v2/${official ? 'library/' : ''}${repository}${what}` }
}

const forwarded = ['content-type', 'content-length', 'docker-content-digest', 'etag'] as const

function forward(upstream: IncomingMessage, response: ServerResponse): number {
  // What the vendor's registry says of the vendor's credentials is not for the customer.
  const { statusCode: status = 502 } = upstream
  if (status === 401 || status === 403) {
    upstream.resume()
    return refuse(response, 404, 'NAME_UNKNOWN')
  }
  for (const name of forwarded) {
    const value = upstream.headers[name]
    if (value !== undefined) response.setHeader(name, value)
  }
  response.statusCode = status
  upstream.on('error', () => response.destroy()).pipe(response)
  return status
}

function refuse(response: ServerResponse, status: number, code: string): number {
  response.setHeader('content-type', 'application/json')
  return respond(response, status, JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }))
}

function respond(response: ServerResponse, status: number, body = ''): number {
  response.statusCode = status
  response.end(body)
  return status
}
