import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Api } from './api.ts'

export interface ConnectOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Files in the syntax of the KUBECONFIG variable, which they replace. */
  readonly kubeconfig?: string
  /** The kubeconfig's context; by default its current one. */
  readonly context?: string
  /** The directory in which the kubelet mounts a service account's token. */
  readonly serviceAccount?: string
  readonly requestsPerSecond: number
  /** How the client calls itself in the API server's audit log. */
  readonly userAgent?: string
}

/**
 * Connects to the cluster that `kubeconfig` or the variable KUBECONFIG names, or else to the one of the Pod's own service
 * account; undefined where there is none of them. `~/.kube/config` is never looked for: what changes a cluster should be
 * asked to.
 * @throws where the files that should tell are there and cannot be used
 */
export async function connect({
  environment,
  kubeconfig = environment['KUBECONFIG'],
  context,
  serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount',
  ...options
}: ConnectOptions): Promise<Api | undefined> {
  const server = serviceOf(environment)
  // A Pod that mounts no token is in a cluster, but not meant to talk to it.
  const inCluster = server !== undefined && (await isThere(join(serviceAccount, 'token')))
  if (!kubeconfig && !inCluster) return undefined
  // The client library costs a third of a second and 34 MB, which only those should pay who talk to a cluster.
  const [{ createApi }, { fromKubeconfig, fromServiceAccount }] = await Promise.all([
    import('./api.ts'),
    import('./kubeConfig.ts'),
  ])
  if (kubeconfig) return createApi(fromKubeconfig(kubeconfig, context), options)
  return inCluster ? createApi(fromServiceAccount(server, serviceAccount), options) : undefined
}

/** The address of the API server's Service, which the kubelet gives each Pod. */
function serviceOf(environment: ConnectOptions['environment']): string | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment
  if (!host) return undefined
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function isThere(path: string): Promise<boolean> {
  try {
    await readFile(path)
    return true
  } catch {
    return false
  }
}
