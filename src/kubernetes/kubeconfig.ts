import { delimiter } from 'node:path'
import type { OutgoingHttpHeaders } from 'node:http'
import type { RequestOptions } from 'node:https'

/** What `node:https` needs to be let in. */
export interface Authentication extends RequestOptions {
  readonly headers: OutgoingHttpHeaders
}

/** How to reach an API server. */
export interface Connection {
  readonly server: URL
  /** The service account's namespace, or the one of the kubeconfig's context. */
  readonly namespace: string
  /** For one request: credentials change while the webhook runs. */
  authenticate(): Promise<Authentication>
}

/**
 * The current context of the files that a KUBECONFIG variable lists, with whatever logs in to it: client certificates,
 * tokens, exec plugins, OpenID Connect.
 * @throws where a file cannot be read, or names no current cluster
 */
export async function loadKubeconfig(paths: string): Promise<Connection> {
  // The client library costs a third of a second and 90 MB: more than the whole webhook, which needs nothing of it in a Pod.
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  for (const [index, path] of paths.split(delimiter).filter(Boolean).entries()) {
    const file = index === 0 ? config : new KubeConfig()
    file.loadFromFile(path)
    if (index > 0) config.mergeConfig(file, true)
  }
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new Error(`KUBECONFIG: ${paths} names no current context with a cluster`)
  return {
    server: new URL(cluster.server),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    authenticate: async () => {
      const options: Authentication = { headers: {} }
      await config.applyToHTTPSOptions(options)
      const { agent, ...direct } = options
      // The library's agent closes each connection after its request; only one that leads through a proxy is needed.
      return cluster.proxyUrl === undefined ? direct : { ...direct, agent }
    },
  }
}
