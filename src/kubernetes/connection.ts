import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { loadKubeconfig, type Connection } from './kubeconfig.ts'

export interface ConnectionOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The directory in which the kubelet mounts a service account's token. */
  readonly serviceAccount?: string
}

/**
 * The API server that KUBECONFIG names, or else the one of the Pod's own service account; undefined where there is
 * neither. `~/.kube/config` does not count: what changes a cluster should be asked for.
 * @throws where the files that should tell are there and cannot be used
 */
export async function findConnection({
  environment,
  serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount',
}: ConnectionOptions): Promise<Connection | undefined> {
  const { KUBECONFIG: kubeconfig, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment
  if (kubeconfig) return loadKubeconfig(kubeconfig)
  if (!host) return undefined
  const server = new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`)
  return serviceAccountConnection(server, serviceAccount)
}

/** A Pod that mounts no token is in a cluster, but not meant to talk to it. */
async function serviceAccountConnection(server: URL, directory: string): Promise<Connection | undefined> {
  const [ca, token, namespace] = await Promise.all(
    ['ca.crt', 'token', 'namespace'].map((file) => readIfThere(join(directory, file))),
  )
  if (ca === undefined || token === undefined) return undefined
  // One for all connections: each that makes its own costs hundreds of kilobytes.
  const secureContext = createSecureContext({ ca })
  return {
    server,
    namespace: namespace?.trim() ?? 'default',
    // The kubelet replaces the token about hourly: what is read for each request is always the valid one.
    authenticate: async () => ({
      secureContext,
      headers: { Authorization: `Bearer ${(await readFile(join(directory, 'token'), 'utf8')).trim()}` },
    }),
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
