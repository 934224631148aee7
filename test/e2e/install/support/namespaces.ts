import { readyForPods } from '../../support/namespaces.ts'
import type { World } from './world.ts'

/** Makes namespaces that are ready for Pods. */
export async function createNamespaces(
  { cluster }: World,
  names: readonly string[],
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const items = names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }))
  await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  await readyForPods(cluster, names)
}
