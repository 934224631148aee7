import type { Cluster } from './cluster.ts'
import { waitFor } from './wait.ts'

/**
 * Resolves when Pods can be created in these namespaces: their default service account is there. A controller that has
 * missed the API server for a while asks it again after up to half a minute only, so this waits longer than for other
 * things.
 */
export async function readyForPods({ kubectl }: Cluster, namespaces: readonly string[]): Promise<void> {
  for (const namespace of namespaces) {
    await waitFor(
      `the service account of ${namespace}`,
      () => kubectl(['get', 'serviceaccount/default', `--namespace=${namespace}`]),
      { seconds: 100 },
    )
  }
}
