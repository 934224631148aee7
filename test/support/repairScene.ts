import { expect } from 'chai'
import { createAdmission } from '../../src/admission/admission.ts'
import { createDecider } from '../../src/decision/decide.ts'
import { createLocator } from '../../src/reference/location.ts'
import { readCoverage } from '../../src/cluster/repair/coverage.ts'
import { decideAnew } from '../../src/cluster/repair/decideAnew.ts'
import type { RepairOutcome } from '../../src/cluster/repair/outcome.ts'
import { createRepair, type Repair, type RepairOptions } from '../../src/cluster/repair/repair.ts'
import { createRepairApi } from '../../src/cluster/repair/repairApi.ts'
import type { JsonObject } from '../../src/json.ts'
import { startPodCluster, type PodCluster, type PodClusterOptions } from './podCluster.ts'
import { eventually } from './eventually.ts'
import { createClock } from './clock.ts'
import { podObject, type PodOptions } from './podObjects.ts'

export const secret = 'my-app-registry'
export const proxied = (image: string) => `proxy.replicated.com/proxy/my-app/${image}`
export const image = 'quay.io/my-org/api:1'
const proxy = {
  domain: 'proxy.replicated.com',
  registryDomain: 'registry.replicated.com',
  otherDomains: [],
  template: '{domain}/proxy/{appSlug}/{image}',
}
const policy = {
  proxyPublicImages: false,
  onMissing: 'leave',
  onUnknown: 'leave',
  onUnverified: 'proxy',
  rules: [],
} as const
export const selector = (namespace: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': namespace } })

interface Scene {
  readonly cluster: PodCluster
  readonly repair: Repair
  readonly outcomes: RepairOutcome[]
  readonly faults: string[]
  readonly clock: ReturnType<typeof createClock>
  /** Called for a copy of the pull secret. */
  readonly copies: string[]
  results(): string[]
}

/** Repairs on a scripted API server, which end after each test of the describe that this is called in. */
export function useRepairs() {
  const ends: (() => unknown)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })

  /** Images whose repository begins so are served by the proxy to nobody. */
  const admission = createAdmission({
    ruling: () => ({ decider: createDecider(policy, createLocator({ appSlug: 'my-app', proxy })), pullSecret: secret }),
    rules: [],
    verdicts: {
      anonymous: ({ path }) => {
        const access = path.startsWith('library/') ? 'public' : 'private'
        return { access, reason: 'unauthorized', checkedAt: 0, ttl: 0 }
      },
      proxy: ({ path }) => {
        const access = path.includes('/customer/') ? 'refused' : 'served'
        return { access, reason: 'denied', checkedAt: 0, ttl: 0 }
      },
    },
    mode: 'rewrite',
  })

  async function start(options: PodClusterOptions = {}, given: Partial<RepairOptions> = {}): Promise<Scene> {
    const cluster = await startPodCluster(options)
    ends.push(cluster.close)
    return { cluster, ...join(cluster, given) }
  }

  /** One more replica of the webhook. */
  function join(cluster: PodCluster, given: Partial<RepairOptions> = {}): Omit<Scene, 'cluster'> {
    const outcomes: RepairOutcome[] = []
    const faults: string[] = []
    const copies: string[] = []
    const clock = createClock()
    const repair = createRepair({
      api: createRepairApi(cluster.api, ['*'], 'image-proxy-webhook'),
      coverage: () => readCoverage([{ namespaceSelector: selector('my-app') }]),
      terms: () => ({ pullSecret: secret, appSlug: 'my-app' }),
      decide: (pod, since) => decideAnew(admission, pod, 1000, since),
      ensurePullSecret: (namespace) => {
        const state = copies.includes(namespace) ? 'current' : 'written'
        copies.push(namespace)
        return Promise.resolve(state)
      },
      mayChange: true,
      isServing: () => true,
      perMinute: 20,
      observer: {
        outcome: (outcome) => outcomes.push(outcome),
        fault: (subject, sentence) => sentence !== undefined && faults.push(`${subject}: ${sentence}`),
      },
      now: clock.now,
      ...given,
    })
    ends.push(repair.end)
    return { repair, outcomes, faults, copies, clock, results: () => outcomes.map(({ result }) => result) }
  }

  /** What the admission of a Pod that is made anew comes to. */
  function admitted(pod: JsonObject, name: string): JsonObject {
    const [container] = (pod['spec'] as { containers: { image: string }[] }).containers
    const metadata = pod['metadata'] as { ownerReferences: { name: string; kind: string }[] }
    const [owner] = metadata.ownerReferences
    return podObject({
      name,
      owner: owner?.kind,
      ...(owner && { ownerName: owner.name }),
      secrets: [secret],
      containers: [{ image: proxied(container?.image ?? ''), state: 'ContainerCreating' }],
    })
  }

  let count = 0
  /** A controller whose new Pods run at once. */
  const recreate = (pod: JsonObject, cluster: PodCluster): void => {
    const name = `new-${++count}`
    cluster.put(admitted(pod, name))
    cluster.run(name)
  }
  const waiting = (name: string, options: PodOptions = {}) => podObject({ name, ...options })

  /** Another Pod has been mended: what came before it was looked at. */
  async function untilPatched(cluster: PodCluster, outcomes: readonly RepairOutcome[]): Promise<void> {
    cluster.put(waiting('marker', { owner: '', secrets: [secret] }))
    await eventually(() => {
      expect(outcomes.map(({ pod, result }) => `${result} ${pod.name}`)).to.include('patched marker')
    })
  }

  return { start, join, admitted, recreate, waiting, untilPatched, admission }
}
