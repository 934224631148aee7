import type { PullSecretState } from '../../admission/admission.ts'
import { carriesPullSecret } from '../../pod/summary.ts'
import type { Budget } from './budget.ts'
import type { Coverage } from './coverage.ts'
import { replacePodOfJob } from './jobs.ts'
import type { Owners, Stop } from './owners.ts'
import { listed, planRepair, type FreshDecision, type RepairPlan } from './plan.ts'
import type { NamespaceFacts, RepairApi, Written } from './repairApi.ts'
import type { ReviewProbe } from './reviewProbe.ts'
import type { PodOwner, WaitingPod } from './waitingPod.ts'

/**
 * What was done about a Pod.
 * - `copied`: the pull secret was written that it names
 * - `patched`: its images were changed in place
 * - `replaced`: it was deleted, for its owner to make it anew
 * - `resumed`: it was taken out of its Job and deleted, and the Job goes on with a new Pod
 * - `reported`: an Event says why it was left alone
 * - `failed`: the API server refused
 */
export type RepairResult = 'copied' | 'patched' | 'replaced' | 'resumed' | 'reported' | 'failed'

export interface RepairOutcome {
  readonly result: RepairResult
  readonly reason: 'ImageRepaired' | 'ImageNotRepaired' | 'RepairStopped'
  /** A sentence that holds no secret. */
  readonly note: string
  readonly pod: Pick<WaitingPod, 'namespace' | 'name' | 'uid'>
  readonly owner: PodOwner | undefined
}

/** What the webhook decides by at this moment. */
export interface CurrentTerms {
  readonly pullSecret: string
  readonly appSlug: string
}

export interface MendOptions {
  readonly api: Pick<RepairApi, 'pod' | 'patchPod' | 'deletePod' | 'releasePod' | 'job'>
  readonly namespaceOf: (name: string) => Promise<NamespaceFacts | undefined>
  /** Undefined while the MutatingWebhookConfiguration is not known, or gone. */
  readonly coverage: () => Coverage | undefined
  /** Undefined while there is no license, or no slug. */
  readonly terms: () => CurrentTerms | undefined
  /** What an admission would do, by answers of registries that are no older than `since`; undefined where none can tell. */
  readonly decide: (pod: WaitingPod, since: number) => Promise<FreshDecision | undefined>
  /** Absent where the webhook does not provision pull secrets. */
  readonly ensurePullSecret?: (namespace: string) => Promise<PullSecretState>
  /** Whether more is to be done than to write pull secrets. */
  readonly mayChange: boolean
  /** Whether this replica answers reviews. */
  readonly isServing: () => boolean
  readonly probe: ReviewProbe
  readonly owners: Owners
  readonly budget: Budget
  readonly tell: (outcome: RepairOutcome) => void
}

/**
 * What is left to do about a Pod.
 * - `done`: nothing, until it changes
 * - `again`: to look at it again after a while
 * - `held`: to go on as soon as its owner or the budget allows
 */
export type Mended = 'done' | 'again' | 'held'

const stops: Readonly<Record<Stop, string>> = {
  'waits-again': 'three new Pods in a row waited for their images again',
  'no-successor': 'it made no new Pod within a minute: a quota, Pod Security or another webhook may refuse it',
  held: 'a Pod that was deleted is still there after two minutes: a finalizer may hold it',
}

/** The sentence of the Event that says why no more Pods of an owner are replaced. */
export function noteOfStop(owner: PodOwner, stop: Stop): string {
  return `${owner.kind} ${owner.name} is left alone from now on, for ${stops[stop]}`
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
  const { api, coverage, terms, owners, budget, tell } = options

  async function mend(pod: WaitingPod, { since, patches }: History): Promise<Mended> {
    const current = terms()
    const covered = coverage()
    if (current === undefined || covered === undefined) return 'again'
    const namespace = await options.namespaceOf(pod.namespace)
    if (namespace === undefined || namespace.isTerminating) return 'done'
    if (!covered.covers(namespace.labels, pod.labels)) return 'again'

    const copied = carriesPullSecret(pod.summary, current.pullSecret) ? await copySecret(pod, current) : 'done'
    if (copied !== 'done' || !options.mayChange) return copied
    if (pod.isReleased && !pod.hasWorked) return finishRelease(pod)
    const fresh = await options.decide(pod, since)
    if (fresh === undefined) return 'again'
    const plan = planRepair(pod, fresh, { ...current, mayReplace: !covered.hasForeignConditions })
    return carryOut(pod, plan, patches)
  }

  /** Nothing is deleted for a missing copy: the kubelet tries again. */
  async function copySecret(pod: WaitingPod, { pullSecret }: CurrentTerms): Promise<Mended> {
    const state = await options.ensurePullSecret?.(pod.namespace)
    if (state === 'written')
      say(pod, 'copied', `Pod ${pod.name} named the pull secret ${pullSecret}, which was missing: it was written`)
    return state === 'pending' || state === 'failed' ? 'again' : 'done'
  }

  async function carryOut(pod: WaitingPod, plan: RepairPlan, patches: number): Promise<Mended> {
    switch (plan.action) {
      case 'none':
      case 'later':
        return 'again'
      case 'report':
        say(pod, 'reported', plan.note)
        return 'again'
      case 'patch':
        if (patches >= mostPatches) {
          const note = `Pod ${pod.name} waits for ${listed(plan.images)}, which was changed three times and is as it was: it is left alone`
          tell({ result: 'reported', reason: 'RepairStopped', note, pod, owner: pod.owner })
          return 'again'
        }
        if (!budget.take()) return 'held'
        return afterPatch(pod, plan, await api.patchPod(pod, plan.operations))
      case 'replace':
        return replace(pod, plan.images)
    }
  }

  function afterPatch(
    pod: WaitingPod,
    { images, note }: Extract<RepairPlan, { action: 'patch' }>,
    written: Written,
  ): Mended {
    if (written !== 'done') return 'again'
    say(pod, 'patched', `Pod ${pod.name} waited for ${listed(images)}: it pulls from the proxy now`)
    if (note !== undefined) say(pod, 'reported', note)
    return 'again'
  }

  async function replace(pod: WaitingPod, images: readonly string[]): Promise<Mended> {
    const { owner } = pod
    if (owner === undefined || owners.isReplaced(pod.uid)) return 'done'
    const permission = owners.permission(owner)
    if (permission === 'stopped') {
      const stop = owners.stopOf(owner)
      if (stop !== undefined)
        tell({ result: 'reported', reason: 'RepairStopped', note: noteOfStop(owner, stop), pod, owner })
      return 'again'
    }
    if (permission === 'busy' || !options.isServing()) return 'held'
    if (!(await options.probe.isAsked(pod))) return 'held'
    const secret = await options.ensurePullSecret?.(pod.namespace)
    // Without it the new Pod would wait as well.
    if (secret === 'pending' || secret === 'failed' || secret === 'unavailable') return 'again'
    // Others were asked about meanwhile.
    if (owners.permission(owner) !== 'free' || !budget.take()) return 'held'
    owners.replaced(owner, pod)
    return isJob(owner) ? releasePod(pod, owner, images) : deletePod(pod, owner, images)
  }

  async function deletePod(pod: WaitingPod, owner: PodOwner, images: readonly string[]): Promise<Mended> {
    const written = await orUndo(pod, api.deletePod(pod))
    if (written !== 'done') return undone(pod, written)
    say(
      pod,
      'replaced',
      `Pod ${pod.name} waited for ${listed(images)}: it was deleted, so that ${owner.kind} ${owner.name} makes one that pulls from the proxy`,
    )
    return 'done'
  }

  async function releasePod(pod: WaitingPod, owner: PodOwner, images: readonly string[]): Promise<Mended> {
    const released = await orUndo(pod, replacePodOfJob(api, pod, owner))
    if (typeof released !== 'object') {
      if (released !== 'done') return undone(pod, released)
      say(
        pod,
        'resumed',
        `Pod ${pod.name} waited for ${listed(images)}: it was taken out of its Job and deleted, so that the Job makes one that pulls from the proxy`,
      )
      return 'done'
    }
    cancel(pod)
    say(
      pod,
      'reported',
      `Pod ${pod.name} waits for ${listed(images)}; it is not taken out of its Job, since ${released.obstacle}: delete the Job and create it again`,
    )
    return 'again'
  }

  /** Of a Pod that changed in between, or that a leader left behind which died. */
  async function finishRelease(pod: WaitingPod): Promise<Mended> {
    const written = await api.deletePod(pod)
    if (written !== 'done') return written === 'gone' ? 'done' : 'again'
    say(pod, 'resumed', `Pod ${pod.name} was deleted, which had been taken out of its Job`)
    return 'done'
  }

  /** A write that fails has begun nothing. */
  async function orUndo<T>(pod: WaitingPod, write: Promise<T>): Promise<T> {
    try {
      return await write
    } catch (error) {
      cancel(pod)
      throw error
    }
  }

  function cancel(pod: WaitingPod): void {
    owners.cancelled(pod.uid)
    budget.giveBack()
  }

  function undone(pod: WaitingPod, written: Written): Mended {
    cancel(pod)
    return written === 'gone' ? 'done' : 'again'
  }

  function say(pod: WaitingPod, result: RepairResult, note: string): void {
    const reason = result === 'reported' ? 'ImageNotRepaired' : 'ImageRepaired'
    tell({ result, reason, note, pod, owner: pod.owner })
  }

  return mend
}

function isJob({ kind, apiVersion }: PodOwner): boolean {
  return kind === 'Job' && apiVersion.startsWith('batch/')
}
