import type { V1Pod } from '@kubernetes/client-node'
import { waitFor } from '../../support/wait.ts'
import type { World } from './world.ts'

export type Images = Readonly<Record<string, string>>

/** The spec of a Pod that runs until it is deleted. */
export function sleeping(images: Images, spec: object = {}): object {
  const containers = Object.entries(images).map(([name, image]) => ({ name, image, command: ['sleep', '3600'] }))
  return { containers, terminationGracePeriodSeconds: 0, ...spec }
}

export function pod(name: string, images: Images, spec?: object) {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec: sleeping(images, spec) }
}

/** Of a workload, with what selects its Pods. */
export function templateOf(name: string, spec: object) {
  const labels = { app: name }
  return { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } }
}

export function deployment(name: string, images: Images) {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: templateOf(name, sleeping(images)) }
}

/** The Pods with the label `app`. */
export async function podsOf({ cluster }: World, namespace: string, app: string): Promise<V1Pod[]> {
  const { stdout } = await cluster.kubectl([
    'get',
    'pods',
    `--namespace=${namespace}`,
    `--selector=app=${app}`,
    '--output=json',
  ])
  return (JSON.parse(stdout) as { items: V1Pod[] }).items
}

/** The only Pod with the label `app`, once each of its containers runs or has run. */
export async function untilRunning(world: World, namespace: string, app: string, seconds = 45): Promise<V1Pod> {
  return waitFor(
    `the Pod of ${app} to run`,
    async () => {
      const [pod] = await podsOf(world, namespace, app)
      if (pod === undefined) throw new Error('there is none')
      const waiting = whyNot(pod)
      if (waiting !== undefined) throw new Error(waiting)
      return pod
    },
    { seconds },
  )
}

/** What keeps a Pod from running; undefined for one that runs. */
function whyNot({ spec, status }: V1Pod): string | undefined {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  for (const { image, state } of statuses) {
    if (state?.waiting) return `${image}: ${state.waiting.reason ?? ''} ${state.waiting.message ?? ''}`
  }
  const count = (spec?.initContainers?.length ?? 0) + (spec?.containers.length ?? 0)
  return statuses.length < count ? `${status?.phase ?? 'no phase'}: ${JSON.stringify(status?.conditions)}` : undefined
}
