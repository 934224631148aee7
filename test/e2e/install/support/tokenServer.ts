import { randomUUID, sign, X509Certificate } from 'node:crypto'
import { createServer } from 'node:https'
import type { Authority, ServerCertificate } from '../../../../testbed/certificates.ts'
import type { TokenTrust } from '../../../support/dockerRegistry.ts'
import { startServer } from '../../../../testbed/httpsServer.ts'
import { basic } from '../../../../testbed/upstream.ts'
import type { Account } from './accounts.ts'

export interface TokenServerOptions {
  readonly authority: Authority
  readonly address: string
  readonly port: number
  /** May do everything; whoever else logs in is refused. */
  readonly account: Account
  /** Whether everyone may pull from a repository. */
  readonly isPublic: (repository: string) => boolean
}

export interface TokenServer {
  /** For a registry that believes its tokens. */
  readonly trust: TokenTrust
  close(): Promise<void>
}

const service = 'test registry'
const issuer = 'test token server'
/** Seconds. */
const lifetime = 300

/**
 * Starts a token server of the distribution project's specification: it gives a token to everyone, as Docker Hub's does,
 * which grants as much of what was asked for as there is a right to.
 * https://distribution.github.io/distribution/spec/auth/token/
 */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const { authority, address, port, account, isPublic } = options
  const certificate = await authority.issue({ names: [address] })
  const header = { typ: 'JWT', alg: 'ES256', x5c: [new X509Certificate(certificate.cert).raw.toString('base64')] }

  function granted(scope: string, loggedIn: boolean) {
    const [type = '', name = '', actions = ''] = scope.split(':')
    const asked = actions.split(',')
    return { type, name, actions: loggedIn ? asked : asked.filter((action) => action === 'pull' && isPublic(name)) }
  }

  function tokenFor(scopes: readonly string[], loggedIn: boolean): string {
    const now = Math.floor(Date.now() / 1000)
    return signed(certificate, header, {
      iss: issuer,
      aud: service,
      sub: loggedIn ? account.username : '',
      jti: randomUUID(),
      iat: now,
      nbf: now - 10,
      exp: now + lifetime,
      access: scopes.flatMap((scope) => scope.split(' ')).map((scope) => granted(scope, loggedIn)),
    })
  }

  const server = createServer({ ...certificate }, (request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'https://tokens')
    const { authorization } = request.headers
    // Clients that try OAuth2 first take a 405 for a sign to ask with GET.
    if (request.method !== 'GET') response.writeHead(405).end()
    else if (authorization !== undefined && authorization !== basic(account.username, account.password)) {
      response.writeHead(401).end()
    } else {
      const token = tokenFor(searchParams.getAll('scope'), authorization !== undefined)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ token, expires_in: lifetime }))
    }
  })
  const { close } = await startServer(server, { host: address, port })
  const realm = `https://${address}:${port}/token`
  return { trust: { realm, service, issuer, ca: authority.certificate }, close }
}

function signed({ key }: ServerCertificate, header: object, claims: object): string {
  const payload = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const signature = sign('sha256', Buffer.from(payload), { key, dsaEncoding: 'ieee-p1363' })
  return `${payload}.${signature.toString('base64url')}`
}
