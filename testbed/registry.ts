import { createHash, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerCertificate } from './certificates.ts'
import { startHttpsServer } from './httpsServer.ts'
import { basic } from './upstream.ts'

export interface RegistryOptions {
  readonly certificate: ServerCertificate
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

const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const anonymous = 'anonymous'

/** Starts a registry (distribution spec, "Pulling manifests") whose images have a configuration and no layers. */
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
    const image = (repositories[repository] ?? []).map((tag) => imageOf(repository, tag))
    const manifest = image.find(({ tag, digest }) => reference === tag || reference === digest)
    const content =
      kind === 'manifests' ? manifest?.manifest : image.find(({ blob }) => digestOf(blob) === reference)?.blob
    if (content === undefined) {
      reply(response, 404, { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] })
      return
    }
    if (kind === 'manifests') readers.push(account)
    response.writeHead(200, {
      'content-type': kind === 'manifests' ? manifestType : 'application/octet-stream',
      'content-length': Buffer.byteLength(content),
      'docker-content-digest': digestOf(content),
    })
    response.end(request.method === 'HEAD' ? undefined : content)
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

  const { host, close } = await startHttpsServer(options.certificate, answer)
  return { url: `https://${host}`, readers, close }
}

function imageOf(repository: string, tag: string) {
  const blob = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: { Labels: { image: `${repository}:${tag}` } },
  })
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(blob),
      size: Buffer.byteLength(blob),
    },
    layers: [],
  })
  return { tag, blob, manifest, digest: digestOf(manifest) }
}

function digestOf(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

function reply(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content))
}
