import type { V1Pod } from '@kubernetes/client-node'
import type { WatchListener } from '../../kubernetes/watch.ts'
import type { ObjectName } from './repairApi.ts'
import { controllerOf, readWaitingPod, type WaitingPod } from './waitingPod.ts'

/** What is remembered of a Pod that is Pending. */
export interface PendingPod extends ObjectName {
  readonly uid: string
  /** Present while it waits for an image. */
  waiting?: WaitingPod
  /** When it was first seen to wait. */
  since: number
  /** How often its images were changed in place. */
  patches: number
  /** The note of the last Event about it, and when that was written. */
  reported?: { readonly note: string; readonly at: number }
}

export interface PendingPodsListener {
  /** One that was not there before. */
  created(pod: PendingPod, ownerUid: string | undefined, object: V1Pod): void
  /** It waits for an image, or for another one than before. */
  waits(pod: WaitingPod): void
  /** It is not Pending any more, or does not exist. */
  left(pod: PendingPod): void
  fault(namespace: string | undefined, sentence: string | undefined): void
}

/** The Pods that are Pending, as a watch tells of them. */
export interface PendingPods {
  get(uid: string): PendingPod | undefined
  /** Those that wait for an image. */
  waiting(): readonly PendingPod[]
  /** For the watch of one namespace, or of all (undefined). */
  listenerFor(namespace: string | undefined): WatchListener<V1Pod>
}

/** @param now milliseconds, which must not go back */
export function createPendingPods(listener: PendingPodsListener, now: () => number): PendingPods {
  const pods = new Map<string, PendingPod>()

  function seen(object: V1Pod): void {
    const { uid = '', namespace = '', name = '' } = object.metadata ?? {}
    const known = pods.get(uid)
    const pod = known ?? { uid, namespace, name, since: now(), patches: 0 }
    if (known === undefined) {
      pods.set(uid, pod)
      listener.created(pod, controllerOf(object)?.uid, object)
    }
    const before = pod.waiting
    const waiting = readWaitingPod(object)
    if (waiting === undefined) {
      delete pod.waiting
      return
    }
    if (before === undefined) pod.since = now()
    pod.waiting = waiting
    if (before === undefined || signatureOf(before) !== signatureOf(waiting)) listener.waits(waiting)
  }

  function gone(uid: string): void {
    const pod = pods.get(uid)
    if (pod === undefined) return
    pods.delete(uid)
    listener.left(pod)
  }

  return {
    get: (uid) => pods.get(uid),
    waiting: () => [...pods.values()].filter(({ waiting }) => waiting !== undefined),
    listenerFor(namespace) {
      let unseen = new Set<string>()
      return {
        relisting: () => {
          const inScope = [...pods.values()].filter((pod) => namespace === undefined || pod.namespace === namespace)
          unseen = new Set(inScope.map(({ uid }) => uid))
        },
        seen: (object) => {
          unseen.delete(object.metadata?.uid ?? '')
          seen(object)
        },
        gone: (object) => {
          gone(object.metadata?.uid ?? '')
        },
        listed: () => {
          for (const uid of unseen) gone(uid)
          unseen = new Set()
        },
        fault: (sentence) => {
          listener.fault(namespace, sentence)
        },
      }
    },
  }
}

/** The kubelet writes the status at each attempt: only what a repair looks at counts. */
function signatureOf({ waiting, started, summary }: WaitingPod): string {
  return JSON.stringify([[...waiting], [...started], summary.images, summary.pullSecrets])
}
