import { LRUCache } from 'lru-cache'
import type { V1Pod } from '@kubernetes/client-node'
import { ApiError, isTransient } from '../../kubernetes/apiError.ts'
import { createQueue, type Queue } from '../../kubernetes/queue.ts'
import { carriesPullSecret, summarizePod } from '../../pod/summary.ts'
import { createBudget } from './budget.ts'
import { createHeldPods } from './heldPods.ts'
import { createMend, type MendOptions } from './mend.ts'
import { failed, stopped, type RepairOutcome } from './outcome.ts'
import { createOwners } from './owners.ts'
import { createPendingPods, type PendingPod } from './pendingPods.ts'
import type { NamespaceFacts, RepairApi } from './repairApi.ts'
import { createReports } from './reports.ts'
import { createReviewProbe } from './reviewProbe.ts'
import { hasEverStarted, type WaitingPod } from './waitingPod.ts'

export interface RepairOptions extends Pick<
  MendOptions,
  'coverage' | 'terms' | 'decide' | 'ensurePullSecret' | 'mayChange' | 'isServing'
> {
  readonly api: RepairApi
  readonly perMinute: number
  readonly observer: {
    outcome(outcome: RepairOutcome): void
    /** What keeps it from its work; undefined when it does not any more. */
    fault(subject: string, sentence: string | undefined): void
  }
  /** Milliseconds, which must not go back. */
  readonly now: () => number
}

/** Mends Pods that wait for an image which the webhook would have changed, on one replica at a time. */
export interface Repair {
  /** This replica leads from now on. */
  begin(): void
  /** This replica does not lead any more: everything it remembered of Pods is forgotten. */
  end(): void
  /** The license, its application or the webhook configuration has changed: every waiting Pod is looked at again. */
  lookAgain(): void
}

/** Pods looked at at once. */
const concurrency = 8
/** Milliseconds between looks at what takes too long, and at whether the budget has more. */
const interval = 1000
/** Milliseconds for which the labels of a namespace are believed. */
const namespaceLifetime = 15_000

/** Does nothing before `begin` is called. */
export function createRepair(options: RepairOptions): Repair {
  let term: ReturnType<typeof startTerm> | undefined
  return {
    begin() {
      term ??= startTerm(options)
    },
    end() {
      term?.stop()
      term = undefined
    },
    lookAgain: () => term?.lookAgain(),
  }
}

/** The facts of a namespace, asked for once for all who want them within a while; a refusal is not remembered. */
function rememberNamespaces(api: Pick<RepairApi, 'namespace'>): MendOptions['namespaceOf'] {
  const namespaces = new LRUCache<string, Promise<NamespaceFacts | undefined>>({ max: 1000, ttl: namespaceLifetime })
  return (name) => {
    const known = namespaces.get(name)
    if (known !== undefined) return known
    const asked = api.namespace(name)
    namespaces.set(name, asked)
    asked.catch(() => namespaces.delete(name))
    return asked
  }
}

/** What one leader does, from its election on. */
function startTerm({ api, perMinute, observer, now, ...rest }: RepairOptions) {
  const owners = createOwners(now)
  const budget = createBudget(perMinute, now)
  const queue: Queue = createQueue({
    work: look,
    concurrency,
    onError: (uid, error) => {
      observer.fault(`the Pod of uid ${uid}`, `a bug, please report it: ${String(error)}`)
    },
  })
  const pods = createPendingPods({ created, waits, left, fault: watchFault }, now)
  const held = createHeldPods({ budget, isBusy, goOn: queue.add })
  const tell = createReports(pods, observer.outcome, now)
  const namespaceOf = rememberNamespaces(api)
  const mend = createMend({ ...rest, api, owners, budget, probe: createReviewProbe(api, now), namespaceOf, tell })

  /** @returns whether nothing is left to do about the Pod, or something else is waited for */
  async function look(uid: string): Promise<boolean> {
    const pod = pods.get(uid)
    // What is known of it may change while it is mended: it may cease to wait.
    const waiting = pod?.waiting
    if (pod === undefined || waiting === undefined) return true
    const subject = `the Pod ${pod.namespace}/${pod.name}`
    try {
      const mended = await mend(waiting, pod)
      observer.fault(subject, undefined)
      if (mended === 'held') held.add(uid)
      return mended !== 'again'
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const { message } = error
      observer.fault(subject, message)
      // An API server that restarts is asked again, and has refused nothing.
      if (isTransient(error)) return false
      tell(failed(waiting, message))
      return false
    }
  }

  function created({ uid }: PendingPod, ownerUid: string | undefined, object: V1Pod): void {
    if (ownerUid === undefined) return
    const secret = rest.terms()?.pullSecret
    owners.created(ownerUid, uid, secret !== undefined && carriesPullSecret(summarizePod(object), secret))
    held.release()
  }

  function waits(pod: WaitingPod): void {
    owners.waits(pod.uid)
    queue.add(pod.uid)
  }

  function left(pod: PendingPod): void {
    held.delete(pod.uid)
    if (owners.left(pod.uid)) void learn(pod)
    else held.release()
  }

  /** A Pod that was made for a replaced one is not Pending any more: does it run, or is it gone? */
  async function learn({ uid, namespace, name }: PendingPod): Promise<void> {
    const found = await api.pod({ namespace, name }).catch(() => undefined)
    if (found !== undefined && hasEverStarted(found)) owners.ran(uid)
    else owners.vanished(uid)
    held.release()
  }

  function watchFault(namespace: string | undefined, sentence: string | undefined): void {
    observer.fault(`the Pods of ${namespace ?? 'all namespaces'}`, sentence)
  }

  function isBusy(uid: string): boolean {
    const owner = pods.get(uid)?.waiting?.owner
    return owner !== undefined && owners.permission(owner) === 'busy'
  }

  function tick(): void {
    for (const { owner, pod, stop } of owners.overdue()) observer.outcome(stopped(owner, pod, stop))
    if (rest.isServing()) held.release()
  }

  const timer = setInterval(tick, interval).unref()
  const watch = api.watchPendingPods(pods.listenerFor)

  return {
    lookAgain: () => {
      for (const { uid } of pods.waiting()) queue.add(uid)
    },
    stop(): void {
      clearInterval(timer)
      watch.stop()
      queue.stop()
    },
  }
}
