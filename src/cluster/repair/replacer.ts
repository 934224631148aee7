import type { PullSecretState } from '../../admission/admission.ts'
import type { Budget } from './budget.ts'
import { replacePodOfJob } from './jobs.ts'
import { notReleased, replaced, resumed, resumedLater, stopped, type Mended, type RepairOutcome } from './outcome.ts'
import type { Owners } from './owners.ts'
import type { RepairApi, Written } from './repairApi.ts'
import type { ReviewProbe } from './reviewProbe.ts'
import type { PodOwner, WaitingPod } from './waitingPod.ts'

export interface ReplacerOptions {
  readonly api: Pick<RepairApi, 'pod' | 'deletePod' | 'releasePod' | 'job'>
  /** Absent where the webhook does not provision pull secrets. */
  readonly ensurePullSecret?: (namespace: string) => Promise<PullSecretState>
  /** Whether this replica answers reviews. */
  readonly isServing: () => boolean
  readonly probe: ReviewProbe
  readonly owners: Owners
  readonly budget: Budget
  readonly tell: (outcome: RepairOutcome) => void
}

/** Deletes Pods for their owners to make anew, where the new ones would be better off. */
export interface Replacer {
  /** @param images that the Pod waits for. @throws ApiError, which has begun nothing */
  replace(pod: WaitingPod, images: readonly string[]): Promise<Mended>
  /** Deletes a Pod that is out of its Job: it changed in between, or a leader left it behind which died. @throws ApiError */
  finish(pod: WaitingPod): Promise<Mended>
}

export function createReplacer(options: ReplacerOptions): Replacer {
  const { api, owners, budget, tell } = options

  async function replace(pod: WaitingPod, images: readonly string[]): Promise<Mended> {
    const { owner } = pod
    if (owner === undefined || owners.isReplaced(pod.uid)) return 'done'
    const permission = owners.permission(owner)
    if (permission === 'stopped') {
      const stop = owners.stopOf(owner)
      if (stop !== undefined) tell(stopped(owner, pod, stop))
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
    tell(replaced(pod, owner, images))
    return 'done'
  }

  async function releasePod(pod: WaitingPod, owner: PodOwner, images: readonly string[]): Promise<Mended> {
    const released = await orUndo(pod, replacePodOfJob(api, pod, owner))
    if (typeof released === 'object') {
      cancel(pod)
      tell(notReleased(pod, images, released.obstacle))
      return 'again'
    }
    if (released !== 'done') return undone(pod, released)
    tell(resumed(pod, images))
    return 'done'
  }

  async function finish(pod: WaitingPod): Promise<Mended> {
    const written = await api.deletePod(pod)
    if (written !== 'done') return written === 'gone' ? 'done' : 'again'
    tell(resumedLater(pod))
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

  function undone(pod: WaitingPod, written: Written): Mended {
    cancel(pod)
    return written === 'gone' ? 'done' : 'again'
  }

  function cancel(pod: WaitingPod): void {
    owners.cancelled(pod.uid)
    budget.giveBack()
  }

  return { replace, finish }
}

function isJob({ kind, apiVersion }: PodOwner): boolean {
  return kind === 'Job' && apiVersion.startsWith('batch/')
}
