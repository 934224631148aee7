import { setTimeout as pause } from 'node:timers/promises'
import { ApiException, CoreV1Api, KubeConfig, V1Pod } from '@kubernetes/client-node'
import { required } from '../../support/cluster.ts'
import { waitFor } from '../../support/wait.ts'
import { sleeping } from './workloads.ts'
import type { World } from './world.ts'

/** What became of Pods that were created one after the other. */
export interface Created {
  /** Image → how many Pods were stored with it. */
  readonly images: ReadonlyMap<string, number>
  /** What the API server answered to those that it did not store, but for what it says of itself while it comes and goes. */
  readonly refusals: readonly string[]
}

/** Milliseconds between two Pods. */
const interval = 20

/**
 * Whether an API server that starts or shuts down put the request off: with 503 and 429 before any admission webhook is
 * asked, with 403 while its own admission plug-ins read what they work with. A webhook's failure is a 500.
 */
function isComingOrGoing({ code, body }: ApiException<unknown>): boolean {
  return code === 503 || code === 429 || (code === 403 && String(body).includes('not yet ready to handle request'))
}

/** Creates Pods of one image for as long as `action` takes, and a few more; none is scheduled, and each is deleted at once. */
export async function createPodsDuring(
  { cluster }: World,
  { namespace, image }: { readonly namespace: string; readonly image: string },
  action: () => Promise<void>,
): Promise<Created> {
  const config = new KubeConfig()
  config.loadFromFile(required(cluster.env, 'KUBECONFIG'))
  const client = config.makeApiClient(CoreV1Api)
  const body = Object.assign(new V1Pod(), {
    metadata: { generateName: 'stream-' },
    spec: sleeping({ main: image }, { schedulingGates: [{ name: 'example.com/never' }] }),
  })
  const images = new Map<string, number>()
  const refusals: string[] = []
  let count = 0
  let ending = false

  async function create(): Promise<void> {
    try {
      const { metadata, spec } = await client.createNamespacedPod({ namespace, body })
      const stored = spec?.containers[0]?.image ?? ''
      images.set(stored, (images.get(stored) ?? 0) + 1)
      count++
      await client.deleteNamespacedPod({ namespace, name: metadata?.name ?? '' })
    } catch (error) {
      // Everything else is a connection that the API server did not accept, or ended.
      if (error instanceof ApiException && !isComingOrGoing(error)) refusals.push(String(error))
    }
  }
  async function keepCreating(): Promise<void> {
    while (!ending) {
      await create()
      await pause(interval)
    }
  }
  const more = async () => {
    const before = count
    await waitFor('more Pods', () => count > before + 10)
  }

  const creating = keepCreating()
  try {
    await more()
    await action()
    await more()
  } finally {
    ending = true
    await creating
  }
  return { images, refusals }
}
