import { randomUUID } from 'node:crypto'
import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { memoize } from '../src/memoize.ts'
import type { ServerCertificate } from './certificates.ts'
import { startServer, type Listen } from './httpsServer.ts'
import { createImage, type Content } from './image.ts'
import { basic } from './upstream.ts'

export interface RegistryOptions {
  readonly certificate: ServerCertificate
  /** Default: a free port of 127.0.0.1. */
  readonly listen?: Listen
  /** How it asks for credentials: `open` never does, `silent` never says anything at all. */
  readonly access: 'open' | 'bearer' | 'basic' | 'silent'
  /** Repository → its tags. */
  readonly repositories: Readonly<Record<string, readonly string[]>>
  /** Repositories that are readable without credentials although the registry asks for a token. */
  readonly public?: readonly string[]
  /** Of the account that may read the others. */
  readonly username?: string
  readonly password?: string
}

export interface Registry {
  /** `https://localhost:PORT` */
  readonly url: string
  /** The accounts that were given a manifest, in the order of their requests; `anonymous` among them. */
  readonly readers: readonly string[]
  close(): Promise<void>
}

const anonymous = 'anonymous'

/** Starts a registry (distribution spec, "Pulling manifests") whose images run, and print their name. */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const { access, repositories, public: readable = [] } = options
  const tokens = new Map<string, string>()
  const readers: string[] = []

  function answer(request: IncomingMessage, response: ServerResponse): void {
    if (access === 'silent') return
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://registry')
    if (pathname === '/token') {
      const token = randomUUID()
      tokens.set(token, basicAccount(request))
      reply(response, 200, { token, expires_in: 300, scope: searchParams.get('scope') })
      return
    }
    const [, repository = '', kind, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(pathname) ?? []
    const account = accountOf(request)
    if (account === undefined || !mayRead(account, repository)) {
      response.setHeader('www-authenticate', challenge(request, repository))
      reply(response, 401, { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] })
      return
    }
    const content = contentOf(repository, kind, reference)
    if (content === undefined) {
      reply(response, 404, { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] })
      return
    }
    if (kind === 'manifests') readers.push(account)
    response.writeHead(200, {
      'content-type': content.type,
      'content-length': content.bytes.length,
      'docker-content-digest': content.digest,
    })
    response.end(request.method === 'HEAD' ? undefined : content.bytes)
  }

  /** What a tag or a digest stands for. */
  function contentOf(repository: string, kind = '', reference: string): (Content & { digest: string }) | undefined {
    for (const tag of repositories[repository] ?? []) {
      const image = imageOf(`${repository}:${tag}`)
      const digest = kind === 'manifests' && reference === tag ? image.digest : reference
      const content = (kind === 'manifests' ? image.manifests : image.blobs).get(digest)
      if (content !== undefined) return { ...content, digest }
    }
    return undefined
  }

  /** Undefined where a token or credentials must be shown first. */
  function accountOf(request: IncomingMessage): string | undefined {
    const { authorization } = request.headers
    if (access === 'bearer') return tokens.get(authorization?.replace(/^Bearer /, '') ?? '')
    return access === 'basic' && authorization === undefined ? undefined : basicAccount(request)
  }

  function basicAccount({ headers: { authorization } }: IncomingMessage): string {
    const { username, password } = options
    const known = username !== undefined && password !== undefined && authorization === basic(username, password)
    return known ? username : anonymous
  }

  function mayRead(account: string, repository: string): boolean {
    return access === 'open' || account !== anonymous || readable.includes(repository)
  }

  function challenge({ headers: { host = '' } }: IncomingMessage, repository: string): string {
    if (access === 'basic') return 'Basic realm="registry"'
    return `Bearer realm="https://${host}/token",service="registry",scope="repository:${repository}:pull"`
  }

  const { host, close } = await startServer(createServer({ ...options.certificate }, answer), options.listen)
  return { url: `https://${host}`, readers, close }
}

/** An image says its name, and is otherwise the same everywhere. */
const imageOf = memoize((name: string) => createImage(`Hello from ${name}`))

function reply(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content))
}
