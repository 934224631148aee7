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
  /** What the API server answered to those that it did not store. While it is down it answers nothing. */
  readonly refusals: readonly string[]
}

/** Milliseconds between two Pods. */
const interval = 20

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
      if (error instanceof ApiException) refusals.push(String(error))
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
