import { waitFor } from '../../support/wait.ts'
import type { Release } from './release.ts'
import { podsOf } from './workloads.ts'
import type { World } from './world.ts'

/** A line of the webhook's log about a Pod that waited. */
export interface LoggedRepair {
  readonly namespace: string
  readonly pod: string
  readonly owner?: string
  readonly result: string
  readonly note: string
}

/** What the replicas that run say that they have done about Pods that waited. */
export async function repairsIn({ cluster }: World, { name, namespace }: Release): Promise<readonly LoggedRepair[]> {
  const selector = `--selector=app.kubernetes.io/instance=${name}`
  const { stdout } = await cluster.kubectl(['logs', selector, '--tail=-1', `--namespace=${namespace}`])
  return stdout
    .split('\n')
    .filter((line) => line.includes('"msg":"repair"'))
    .map((line) => JSON.parse(line) as LoggedRepair)
}

/** Resolves when so many replicas are there: with none, when the last Pod is gone, and with some, when all are ready. */
export async function scaleWebhook({ cluster }: World, { name, namespace }: Release, replicas: number): Promise<void> {
  const kubectl = (...args: readonly string[]) => cluster.kubectl([`--namespace=${namespace}`, ...args])
  await kubectl('scale', `deployment/${name}`, `--replicas=${replicas}`)
  await kubectl('rollout', 'status', `deployment/${name}`, '--timeout=60s')
  await waitFor('the old Pods to be gone', async () => {
    const selector = `--selector=app.kubernetes.io/instance=${name}`
    const { stdout } = await kubectl('get', 'pods', selector, '--output=name')
    return stdout.split('\n').filter((line) => line !== '').length === replicas
  })
}

/** Resolves when a Pod with the label `app` waits for its image. */
export async function untilWaiting(world: World, namespace: string, app: string): Promise<void> {
  await waitFor(
    `a Pod of ${app} to wait for its image`,
    async () => {
      const pods = await podsOf(world, namespace, app)
      const reasons = pods.flatMap(({ status }) =>
        status?.containerStatuses?.map(({ state }) => state?.waiting?.reason),
      )
      return reasons.some((reason) => reason === 'ErrImagePull' || reason === 'ImagePullBackOff')
    },
    { seconds: 75 },
  )
}
