import { createDecider } from '../../../src/decision/decide.ts'
import type { Decision } from '../../../src/decision/decision.ts'
import { planRepair, type RepairPlan } from '../../../src/cluster/repair/plan.ts'
import { readWaitingPod } from '../../../src/cluster/repair/waitingPod.ts'
import { createLocator } from '../../../src/reference/location.ts'
import { podObject, type PodOptions } from '../../support/podObjects.ts'

export const secret = 'my-app-registry'
export const proxied = 'proxy.replicated.com/proxy/my-app'
const proxy = {
  domain: 'proxy.replicated.com',
  registryDomain: 'registry.replicated.com',
  otherDomains: [],
  template: '{domain}/proxy/{appSlug}/{image}',
}
const policy = { proxyPublicImages: false, onMissing: 'leave', onUnknown: 'leave', onUnverified: 'proxy' } as const
const rules = [
  { match: 'quay.io/customer/*', action: 'leave' },
  { match: 'quay.io/by-rule/*', action: 'proxy' },
] as const
const decider = createDecider({ ...policy, rules }, createLocator({ appSlug: 'my-app', proxy }))

/** What the image's registry and the proxy say of it; nothing of the proxy where it is not asked. */
export type Answers = readonly ['public' | 'private' | 'missing' | 'unknown', ('served' | 'refused' | 'unknown')?]
const asVendors: Answers = ['private', 'served']

/** By the project's own decider, and the images' names for what their registries say. */
function decide(image: string, [own, behind]: Answers): Decision {
  const opened = decider.open(image, false)
  if ('action' in opened) return opened
  const verdict = { reason: 'unauthorized', checkedAt: 0, ttl: 0 } as const
  return decider.settle(opened, { ...verdict, access: own }, behind && { ...verdict, access: behind })
}

export function plan(
  options: PodOptions,
  answers: Readonly<Record<string, Answers>> = {},
  { audit = false, mayReplace = true } = {},
): RepairPlan {
  const pod = readWaitingPod(podObject(options))
  if (pod === undefined) throw new Error('the Pod does not wait')
  const images = pod.summary.images.map(({ name, image }) => ({
    name,
    decision: decide(image, answers[name] ?? asVendors),
  }))
  const changes = images.some(({ decision }) => decision.action !== 'leave')
  const patch = changes && !audit ? [{}] : []
  return planRepair(pod, { images, patch }, { pullSecret: secret, appSlug: 'my-app', mayReplace })
}

export function noteOf(found: RepairPlan): string {
  return 'note' in found ? (found.note ?? '') : ''
}

export const api = 'quay.io/my-org/api:1'
export const stuck = 'ImagePullBackOff'
