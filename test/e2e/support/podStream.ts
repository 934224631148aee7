import { CoreV1Api, KubeConfig, V1Pod } from '@kubernetes/client-node'
import { required, type Cluster } from './cluster.ts'
import { podSpec } from './pods.ts'

/** What became of the Pods of a stream. */
export interface Streamed {
  /** The images of those that were created, one a Pod, in that order. */
  readonly images: readonly string[]
  /** What the API server said of those that were not. */
  readonly failures: readonly string[]
}

/**
 * Creates Pods of one image in a namespace, one after the other and two at a time, while `action` runs. A dry run: the
 * webhook is asked as ever, and nothing has to be cleared away.
 * @param action is given the number of Pods so far.
 */
export async function streamPods(
  cluster: Cluster,
  { namespace, image }: { readonly namespace: string; readonly image: string },
  action: (count: () => number) => Promise<void>,
): Promise<Streamed> {
  const config = new KubeConfig()
  config.loadFromFile(required(cluster.env, 'KUBECONFIG'))
  const client = config.makeApiClient(CoreV1Api)
  const body = Object.assign(new V1Pod(), { metadata: { generateName: 'stream-' }, spec: podSpec({ one: image }) })
  const images: string[] = []
  const failures: string[] = []
  let ending = false

  async function create(): Promise<void> {
    while (!ending) {
      try {
        const { spec } = await client.createNamespacedPod({ namespace, body, dryRun: 'All' })
        images.push(spec?.containers[0]?.image ?? '')
      } catch (error) {
        failures.push(String(error))
      }
    }
  }

  const creators = [create(), create()]
  try {
    await action(() => images.length + failures.length)
  } finally {
    ending = true
    await Promise.all(creators)
  }
  return { images, failures }
}
