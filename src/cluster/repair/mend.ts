import { carriesPullSecret } from '../../pod/summary.ts'
import type { Coverage } from './coverage.ts'
import { copied, patched, patchedInVain, reported, type Mended } from './outcome.ts'
import { planRepair, type FreshDecision, type RepairPlan } from './plan.ts'
import type { NamespaceFacts, RepairApi } from './repairApi.ts'
import { createReplacer, type ReplacerOptions } from './replacer.ts'
import type { WaitingPod } from './waitingPod.ts'

/** What the webhook decides by at this moment. */
export interface CurrentTerms {
  readonly pullSecret: string
  readonly appSlug: string
}

export interface MendOptions extends ReplacerOptions {
  readonly api: Pick<RepairApi, 'patchPod'> & ReplacerOptions['api']
  readonly namespaceOf: (name: string) => Promise<NamespaceFacts | undefined>
  /** Undefined while the MutatingWebhookConfiguration is not known, or gone. */
  readonly coverage: () => Coverage | undefined
  /** Undefined while there is no license, or no slug. */
  readonly terms: () => CurrentTerms | undefined
  /** What an admission would do, by answers of registries that are no older than `since`; undefined where none can tell. */
  readonly decide: (pod: WaitingPod, since: number) => Promise<FreshDecision | undefined>
  /** Whether more is to be done than to write pull secrets. */
  readonly mayChange: boolean
}

/** What is remembered of a Pod since it began to wait, see `PendingPod`. */
export interface History {
  readonly since: number
  readonly patches: number
}

/** An operator that changes its Pod's images back would go on for ever. */
const mostPatches = 3

/** Does what can be done about one waiting Pod at this moment. @returns `mend(pod, history)`, which @throws ApiError */
export function createMend(options: MendOptions): (pod: WaitingPod, history: History) => Promise<Mended> {
  const { api, coverage, terms, budget, tell } = options
  const replacer = createReplacer(options)

  async function mend(pod: WaitingPod, { since, patches }: History): Promise<Mended> {
    const current = terms()
    const covered = coverage()
    if (current === undefined || covered === undefined) return 'again'
    const namespace = await options.namespaceOf(pod.namespace)
    if (namespace === undefined || namespace.isTerminating) return 'done'
    if (!covered.covers(namespace.labels, pod.labels)) return 'again'

    const secret = carriesPullSecret(pod.summary, current.pullSecret) ? await copySecret(pod, current) : 'done'
    if (secret !== 'done' || !options.mayChange) return secret
    if (pod.isReleased && !pod.hasWorked) return replacer.finish(pod)
    const fresh = await options.decide(pod, since)
    if (fresh === undefined) return 'again'
    const plan = planRepair(pod, fresh, { ...current, mayReplace: !covered.hasForeignConditions })
    return carryOut(pod, plan, patches)
  }

  /** Nothing is deleted for a missing copy: the kubelet tries again. */
  async function copySecret(pod: WaitingPod, { pullSecret }: CurrentTerms): Promise<Mended> {
    const state = await options.ensurePullSecret?.(pod.namespace)
    if (state === 'written') tell(copied(pod, pullSecret))
    return state === 'pending' || state === 'failed' ? 'again' : 'done'
  }

  async function carryOut(pod: WaitingPod, plan: RepairPlan, patches: number): Promise<Mended> {
    switch (plan.action) {
      case 'none':
      case 'later':
        return 'again'
      case 'report':
        tell(reported(pod, plan.note))
        return 'again'
      case 'patch':
        return patch(pod, plan, patches)
      case 'replace':
        return replacer.replace(pod, plan.images)
    }
  }

  async function patch(
    pod: WaitingPod,
    { images, operations, note }: Extract<RepairPlan, { action: 'patch' }>,
    patches: number,
  ): Promise<Mended> {
    if (patches >= mostPatches) {
      tell(patchedInVain(pod, images))
      return 'again'
    }
    if (!budget.take()) return 'held'
    const written = await api.patchPod(pod, operations)
    if (written !== 'done') return 'again'
    tell(patched(pod, images))
    if (note !== undefined) tell(reported(pod, note))
    return 'again'
  }

  return mend
}
