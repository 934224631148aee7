import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { RequestListener, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Api } from '../../src/kubernetes/api.ts'
import { connect } from '../../src/kubernetes/connect.ts'
import { createAuthority } from '../../testbed/certificates.ts'
import { startHttpsServer } from '../../testbed/httpsServer.ts'
import { kubeconfigFor } from './kubeconfig.ts'

/** Something that answers as an API server does, as a test scripts it. */
export interface StandIn {
  readonly api: Api
  /** A further client, which calls itself so. */
  connect(userAgent: string): Promise<Api>
  /** The path of a kubeconfig that leads to it, for a process of its own. */
  readonly kubeconfig: string
  /** What was asked, in order: `GET /api/v1/namespaces`. */
  readonly asked: readonly string[]
  /** Replaces the service account's token, as the kubelet does. */
  rotateToken(token: string): Promise<void>
  removeToken(): Promise<void>
  /** Replaces the CA that a Pod trusts: one in PEM. */
  rotateCa(certificate: string): Promise<void>
  /** Breaks every connection there is. */
  breakConnections(): void
  close(): Promise<void>
}

/** Starts one that `answer` scripts, and connects to it as a Pod does: with the files of its service account. */
export async function startStandIn(answer: RequestListener, requestsPerSecond = 1000): Promise<StandIn> {
  const authority = await createAuthority()
  const asked: string[] = []
  const server = await startHttpsServer(await authority.issue({ names: ['localhost'] }), (request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`)
    answer(request, response)
  })
  const serviceAccount = await mkdtemp(join(tmpdir(), 'service-account-'))
  const rotateToken = (token: string) => writeFile(join(serviceAccount, 'token'), token)
  const rotateCa = (certificate: string) => writeFile(join(serviceAccount, 'ca.crt'), certificate)
  await rotateCa(authority.certificate)
  await writeFile(join(serviceAccount, 'namespace'), 'webhook-system\n')
  await rotateToken('first-token\n')
  const kubeconfig = join(serviceAccount, 'kubeconfig')
  await writeFile(
    kubeconfig,
    kubeconfigFor(`https://localhost:${server.port}`, authority.certificate, { test: 'a-token' }),
  )
  const environment = { KUBERNETES_SERVICE_HOST: 'localhost', KUBERNETES_SERVICE_PORT: String(server.port) }
  const clients: Api[] = []
  const open = async (userAgent: string): Promise<Api> => {
    const api = await connect({ environment, serviceAccount, requestsPerSecond, userAgent })
    if (api === undefined) throw new Error('no service account')
    clients.push(api)
    return api
  }
  return {
    api: await open('image-proxy-webhook'),
    connect: open,
    kubeconfig,
    asked,
    rotateToken,
    rotateCa,
    removeToken: () => rm(join(serviceAccount, 'token')),
    breakConnections: () => {
      for (const socket of server.sockets) socket.destroy()
    },
    close: async () => {
      for (const api of clients) api.close()
      await server.close()
      await rm(serviceAccount, { recursive: true })
    },
  }
}

/** Answers with an object. */
export function reply(
  response: ServerResponse,
  status: number,
  object: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(object))
}

/** Answers with a `Status`. */
export function refuse(
  response: ServerResponse,
  code: number,
  reason: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  reply(response, code, { kind: 'Status', status: 'Failure', code, reason, message }, headers)
}

/** Has whatever answers here send it only when `until` resolves. */
export function holdBack(response: ServerResponse, until: Promise<unknown>): void {
  const end = response.end.bind(response)
  response.end = ((content: string) => {
    void until.then(() => end(content))
    return response
  }) as ServerResponse['end']
}
