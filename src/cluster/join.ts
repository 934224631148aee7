import type { Config } from '../config/config.ts'
import { connect } from '../kubernetes/connect.ts'
import type { Cluster, ClusterOptions } from './membership.ts'
import { manager } from './ownership.ts'

/** Connects to the cluster; undefined where there is none. @throws where what tells of it cannot be used */
export async function joinCluster(config: Config, options: ClusterOptions): Promise<Cluster | undefined> {
  const { environment } = options
  const { requestsPerSecond } = config.kubernetes
  const api = await connect({ environment, requestsPerSecond, userAgent: manager })
  if (api === undefined) return undefined
  // Imported only where there is a cluster, since it brings the Kubernetes client with it.
  const { takePart } = await import('./membership.ts')
  return takePart(api, config, options)
}
