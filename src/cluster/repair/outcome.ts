import type { Stop } from './replacements.ts'
import { listed } from './plan.ts'
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

export function copied(pod: WaitingPod, pullSecret: string): RepairOutcome {
  return repaired(
    pod,
    'copied',
    `Pod ${pod.name} named the pull secret ${pullSecret}, which was missing: it was written`,
  )
}

export function patched(pod: WaitingPod, images: readonly string[]): RepairOutcome {
  return repaired(pod, 'patched', `Pod ${pod.name} waited for ${listed(images)}: it pulls from the proxy now`)
}

/** Its images were changed in place, and somebody changed them back, as often as they were. */
export function patchedInVain(pod: WaitingPod, images: readonly string[]): RepairOutcome {
  const note = `Pod ${pod.name} waits for ${listed(images)}, which was changed three times and is as it was: it is left alone`
  return { result: 'reported', reason: 'RepairStopped', note, pod, owner: pod.owner }
}

export function replaced(pod: WaitingPod, owner: PodOwner, images: readonly string[]): RepairOutcome {
  const note = `Pod ${pod.name} waited for ${listed(images)}: it was deleted, so that ${owner.kind} ${owner.name} makes one that pulls from the proxy`
  return repaired(pod, 'replaced', note)
}

export function resumed(pod: WaitingPod, images: readonly string[]): RepairOutcome {
  const note = `Pod ${pod.name} waited for ${listed(images)}: it was taken out of its Job and deleted, so that the Job makes one that pulls from the proxy`
  return repaired(pod, 'resumed', note)
}

/** A Pod that an earlier attempt, perhaps another leader's, took out of its Job. */
export function resumedLater(pod: WaitingPod): RepairOutcome {
  return repaired(pod, 'resumed', `Pod ${pod.name} was deleted, which had been taken out of its Job`)
}

/** @param obstacle a clause */
export function notReleased(pod: WaitingPod, images: readonly string[], obstacle: string): RepairOutcome {
  const note = `Pod ${pod.name} waits for ${listed(images)}; it is not taken out of its Job, since ${obstacle}: delete the Job and create it again`
  return reported(pod, note)
}

export function reported(pod: WaitingPod, note: string): RepairOutcome {
  return { result: 'reported', reason: 'ImageNotRepaired', note, pod, owner: pod.owner }
}

/** @param refusal what the API server says */
export function failed(pod: WaitingPod, refusal: string): RepairOutcome {
  return { result: 'failed', reason: 'ImageNotRepaired', note: refusal, pod, owner: pod.owner }
}

/** No more Pods of an owner are replaced. */
export function stopped(owner: PodOwner, pod: RepairOutcome['pod'], stop: Stop): RepairOutcome {
  const note = `${owner.kind} ${owner.name} is left alone from now on, for ${stops[stop]}`
  return { result: 'reported', reason: 'RepairStopped', note, pod, owner }
}

function repaired(pod: WaitingPod, result: RepairResult, note: string): RepairOutcome {
  return { result, reason: 'ImageRepaired', note, pod, owner: pod.owner }
}
