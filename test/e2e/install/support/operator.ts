import { ApiException, CoreV1Api, KubeConfig, V1Pod } from '@kubernetes/client-node'
import { setTimeout as pause } from 'node:timers/promises'
import { required } from '../../support/cluster.ts'
import { sleeping } from './workloads.ts'
import type { World } from './world.ts'

/** An operator that has one Pod, and makes it anew whenever it is not as it made it. */
export interface Operator {
  /** Pods that it has deleted for another image than its own. */
  readonly rejected: readonly string[]
  stop(): Promise<void>
}

const interval = 500

/** @param owner a ConfigMap that controls the Pod */
export function startOperator({ cluster }: World, namespace: string, owner: string, image: string): Operator {
  const config = new KubeConfig()
  config.loadFromFile(required(cluster.env, 'KUBECONFIG'))
  const client = config.makeApiClient(CoreV1Api)
  const rejected: string[] = []
  let isEnding = false

  async function find(name: string): Promise<V1Pod | undefined> {
    const { items } = await client.listNamespacedPod({ namespace, fieldSelector: `metadata.name=${name}` })
    return items[0]
  }

  async function reconcile(): Promise<void> {
    const pod = await find(owner)
    if (pod === undefined) await create()
    else if (pod.metadata?.deletionTimestamp === undefined && pod.spec?.containers[0]?.image !== image) {
      rejected.push(pod.metadata?.uid ?? '')
      await client.deleteNamespacedPod({ namespace, name: owner })
    }
  }

  async function create(): Promise<void> {
    const { metadata } = await client.readNamespacedConfigMap({ namespace, name: owner })
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: owner, uid: metadata?.uid ?? '', controller: true }
    const body = Object.assign(new V1Pod(), {
      metadata: { name: owner, labels: { app: owner }, ownerReferences: [reference] },
      spec: sleeping({ main: image }),
    })
    await client.createNamespacedPod({ namespace, body })
  }

  async function run(): Promise<void> {
    while (!isEnding) {
      await reconcile().catch((error: unknown) => {
        if (!(error instanceof ApiException)) throw error
      })
      await pause(interval)
    }
  }

  const running = run()
  return {
    rejected,
    stop: async () => {
      isEnding = true
      await running
    },
  }
}
