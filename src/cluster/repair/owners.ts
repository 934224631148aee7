import { createReplacements, type OwnerRecord, type ReplacedPod, type Replacement, type Stop } from './replacements.ts'
import { createTrust } from './trust.ts'
import type { PodOwner } from './waitingPod.ts'

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

export interface Overdue {
  readonly owner: PodOwner
  readonly pod: ReplacedPod
  readonly stop: Stop
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
 * Limits how many Pods are replaced at once. Until a new Pod has shown that the API server asks the webhook, it is one
 * at a time, whoever owns it, or one in five seconds where no new Pod comes. A new Pod that the webhook did not change
 * revokes that trust for a while.
 *
 * @param now milliseconds, which must not go back
 */
export function createOwners(now: () => number): Owners {
  const replacements = createReplacements()
  const trust = createTrust(now)

  function hasPendingProof(): boolean {
    const mayProve = ({ since, successor }: Replacement) => successor === undefined && now() - since < proofPatience
    return [...replacements.all()].some((record) => [...record.replacements].some(mayProve))
  }

  return {
    permission(owner) {
      const record = replacements.ofOwner(owner.uid)
      if (record?.stop !== undefined) return 'stopped'
      if (trust.isSuspended() || (!trust.isGiven() && hasPendingProof())) return 'busy'
      return record !== undefined && record.replacements.size >= limit(record) ? 'busy' : 'free'
    },
    stopOf: (owner) => replacements.ofOwner(owner.uid)?.stop,
    replaced(owner, pod) {
      replacements.add(owner, { pod, since: now() })
    },
    isReplaced: (pod) => replacements.findReplaced(pod) !== undefined,
    cancelled(pod) {
      const found = replacements.findReplaced(pod)
      if (found !== undefined) replacements.settle(...found)
    },
    created(ownerUid, pod, isAdmitted) {
      if (replacements.succeed(ownerUid, pod)) trust.created(isAdmitted)
    },
    waits(pod) {
      const found = replacements.findSuccessor(pod)
      if (found === undefined) return
      const [record, replacement] = found
      replacements.settle(record, replacement)
      if (++record.streak >= mostInARow) record.stop = 'waits-again'
    },
    left(pod) {
      const found = replacements.findReplaced(pod)
      if (found !== undefined) found[1].gone ??= now()
      return replacements.ofPod(pod)?.successors.has(pod) ?? false
    },
    ran(pod) {
      const record = replacements.ofPod(pod)
      if (record === undefined) return
      record.isProven = true
      record.streak = 0
      delete record.stop
      replacements.forget(record, pod)
    },
    vanished(pod) {
      const record = replacements.ofPod(pod)
      if (record !== undefined) replacements.forget(record, pod)
    },
    overdue() {
      const late: Overdue[] = []
      for (const record of replacements.all()) {
        for (const replacement of record.replacements) {
          const stop = lateness(replacement, now())
          if (stop === undefined) continue
          replacements.settle(record, replacement)
          record.stop = stop
          late.push({ owner: record.owner, pod: replacement.pod, stop })
        }
      }
      return late
    },
  }
}

/** Pods of an owner that may be replaced at once. */
function limit({ owner, isProven }: OwnerRecord): number {
  const first = atOnce[owner.kind] ?? 1
  return isProven && first > 1 ? Infinity : first
}

function lateness({ since, gone, successor }: Replacement, time: number): Stop | undefined {
  if (gone === undefined) return time - since > patience.deletion ? 'held' : undefined
  return successor === undefined && time - gone > patience.successor ? 'no-successor' : undefined
}
