import type { PodOwner } from './waitingPod.ts'

/** Why no more Pods of an owner are replaced. */
export type Stop =
  /** Its new Pods waited for their images again. */
  | 'waits-again'
  /** It made no new Pod: a quota, Pod Security or another webhook may refuse it. */
  | 'no-successor'
  /** The Pod that was deleted is still there: a finalizer may hold it. */
  | 'held'

/**
 * Whether a Pod of an owner may be replaced.
 * - `busy`: not before something happens, or time passes
 * - `stopped`: its Pods are left alone
 */
export type Permission = 'free' | 'busy' | 'stopped'

/**
 * Records what became of the Pods that were replaced, and derives from it whether more may be. A new leader starts
 * without any of it.
 */
export interface Owners {
  permission(owner: PodOwner): Permission
  stopOf(owner: PodOwner): Stop | undefined
  /** A Pod of this owner is about to be deleted. */
  replaced(owner: PodOwner, pod: ReplacedPod): void
  isReplaced(pod: string): boolean
  /** The deletion of that Pod failed. */
  cancelled(pod: string): void
  /** A Pod was created. @param isAdmitted whether the webhook was asked about it */
  created(ownerUid: string, pod: string, isAdmitted: boolean): void
  /** A Pod waits for its image. */
  waits(pod: string): void
  /**
   * A Pod is not Pending any more, or does not exist. @returns whether the caller should find out which, and call `ran`
   * or `vanished`
   */
  left(pod: string): boolean
  /** A new Pod for which `left` returned true runs, or has run. */
  ran(pod: string): void
  /** A new Pod for which `left` returned true has ended without ever running. */
  vanished(pod: string): void
  /** Owners whose deletion or new Pod took too long, and for which replacing stops. Each is returned once. */
  overdue(): readonly Overdue[]
}

export interface ReplacedPod {
  readonly uid: string
  readonly namespace: string
  readonly name: string
}

export interface Overdue {
  readonly owner: PodOwner
  readonly pod: ReplacedPod
  readonly stop: Stop
}

interface Replacement {
  readonly pod: ReplacedPod
  readonly since: number
  /** When the deletion was complete; absent until then. */
  gone?: number
  /** The new Pod. */
  successor?: string
}

interface State {
  readonly owner: PodOwner
  /** Those whose outcome is not known yet. */
  readonly replacements: Set<Replacement>
  /** New Pods that have not run yet, those that wait again included. */
  readonly successors: Set<string>
  /** New Pods in a row that waited again. */
  streak: number
  /** Whether a new Pod has run. */
  isProven: boolean
  stop?: Stop
}

/** Successors in a row that may wait again: some operators compare Pods with their own specification and change them back. */
const mostInARow = 3
/** Pods of one owner at once until the first new one runs: a StatefulSet goes by one, and so does what is not known. */
const atOnce: Readonly<Record<string, number>> = { ReplicaSet: 5, DaemonSet: 5, Job: 5 }
/** Milliseconds that a deletion may take, and that an owner may take for a new Pod. */
const patience = { deletion: 120_000, successor: 60_000 }
/**
 * Milliseconds for which no other Pod is replaced while the first new one is awaited: its owner may be slow, or never
 * make one.
 */
const proofPatience = 5000
/**
 * Milliseconds without replacements after a new Pod that the webhook did not change, doubled with each such Pod in a
 * row.
 */
const pauses = { first: 10_000, most: 300_000 }

/**
 * Limits how many Pods are replaced at once. Until a new Pod has shown that the API server asks the webhook, it is one
 * at a time, whoever owns it, or one in five seconds where no new Pod comes. A new Pod that the webhook did not change
 * revokes that trust for a while.
 *
 * @param now milliseconds, which must not go back
 */
export function createOwners(now: () => number): Owners {
  const states = new Map<string, State>()
  const ownerOf = new Map<string, State>()
  let isTrusted = false
  let disappointments = 0
  let pausedUntil = -Infinity

  function stateOf(owner: PodOwner): State {
    const state = states.get(owner.uid) ?? {
      owner,
      replacements: new Set(),
      successors: new Set(),
      streak: 0,
      isProven: false,
    }
    states.set(owner.uid, state)
    return state
  }

  function limit({ owner, isProven }: State): number {
    const first = atOnce[owner.kind] ?? 1
    return isProven && first > 1 ? Infinity : first
  }

  function find(pod: string, key: (replacement: Replacement) => string | undefined): [State, Replacement] | undefined {
    const state = ownerOf.get(pod)
    for (const replacement of state?.replacements ?? []) {
      if (state !== undefined && key(replacement) === pod) return [state, replacement]
    }
    return undefined
  }

  const asPredecessor = (pod: string) => find(pod, (replacement) => replacement.pod.uid)
  const asSuccessor = (pod: string) => find(pod, (replacement) => replacement.successor)

  function settle(state: State, replacement: Replacement): void {
    state.replacements.delete(replacement)
    ownerOf.delete(replacement.pod.uid)
  }

  function forget(state: State, pod: string): void {
    state.successors.delete(pod)
    ownerOf.delete(pod)
    const found = [...state.replacements].find(({ successor }) => successor === pod)
    if (found !== undefined) settle(state, found)
    const isIdle = state.replacements.size === 0 && state.successors.size === 0
    if (isIdle && state.streak === 0 && state.stop === undefined) states.delete(state.owner.uid)
  }

  function hasPendingProof(): boolean {
    const mayProve = ({ since, successor }: Replacement) => successor === undefined && now() - since < proofPatience
    return [...states.values()].some(({ replacements }) => [...replacements].some(mayProve))
  }

  return {
    permission(owner) {
      const state = states.get(owner.uid)
      if (state?.stop !== undefined) return 'stopped'
      if (now() < pausedUntil || (!isTrusted && hasPendingProof())) return 'busy'
      return state !== undefined && state.replacements.size >= limit(state) ? 'busy' : 'free'
    },
    stopOf: (owner) => states.get(owner.uid)?.stop,
    replaced(owner, pod) {
      const state = stateOf(owner)
      state.replacements.add({ pod, since: now() })
      ownerOf.set(pod.uid, state)
    },
    isReplaced: (pod) => asPredecessor(pod) !== undefined,
    cancelled(pod) {
      const found = asPredecessor(pod)
      if (found !== undefined) settle(...found)
    },
    created(ownerUid, pod, isAdmitted) {
      const state = states.get(ownerUid)
      const replacement = [...(state?.replacements ?? [])].find(({ successor }) => successor === undefined)
      if (state === undefined || replacement === undefined) return
      replacement.successor = pod
      state.successors.add(pod)
      ownerOf.set(pod, state)
      isTrusted = isAdmitted
      if (isAdmitted) disappointments = 0
      else pausedUntil = now() + Math.min(pauses.first * 2 ** disappointments++, pauses.most)
    },
    waits(pod) {
      const found = asSuccessor(pod)
      if (found === undefined) return
      const [state, replacement] = found
      settle(state, replacement)
      if (++state.streak >= mostInARow) state.stop = 'waits-again'
    },
    left(pod) {
      const found = asPredecessor(pod)
      if (found !== undefined) found[1].gone ??= now()
      return ownerOf.get(pod)?.successors.has(pod) ?? false
    },
    ran(pod) {
      const state = ownerOf.get(pod)
      if (state === undefined) return
      state.isProven = true
      state.streak = 0
      delete state.stop
      forget(state, pod)
    },
    vanished(pod) {
      const state = ownerOf.get(pod)
      if (state !== undefined) forget(state, pod)
    },
    overdue() {
      const late: Overdue[] = []
      for (const state of states.values()) {
        for (const replacement of state.replacements) {
          const stop = lateness(replacement, now())
          if (stop === undefined) continue
          settle(state, replacement)
          state.stop = stop
          late.push({ owner: state.owner, pod: replacement.pod, stop })
        }
      }
      return late
    },
  }
}

function lateness({ since, gone, successor }: Replacement, time: number): Stop | undefined {
  if (gone === undefined) return time - since > patience.deletion ? 'held' : undefined
  return successor === undefined && time - gone > patience.successor ? 'no-successor' : undefined
}
