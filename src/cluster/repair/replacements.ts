import type { PodOwner } from './waitingPod.ts'

/** Why no more Pods of an owner are replaced. */
export type Stop =
  /** Its new Pods waited for their images again. */
  | 'waits-again'
  /** It made no new Pod: a quota, Pod Security or another webhook may refuse it. */
  | 'no-successor'
  /** The Pod that was deleted is still there: a finalizer may hold it. */
  | 'held'

export interface ReplacedPod {
  readonly uid: string
  readonly namespace: string
  readonly name: string
}

export interface Replacement {
  readonly pod: ReplacedPod
  readonly since: number
  /** When the deletion was complete; absent until then. */
  gone?: number
  /** The new Pod. */
  successor?: string
}

/** What is remembered of an owner whose Pods were replaced. */
export interface OwnerRecord {
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

/** Which Pods were replaced, by which new ones, and whose they are. Pods and owners are known by their uid. */
export interface Replacements {
  ofOwner(owner: string): OwnerRecord | undefined
  /** Of the owner of a Pod that was replaced, or that came in place of one. */
  ofPod(pod: string): OwnerRecord | undefined
  all(): Iterable<OwnerRecord>
  add(owner: PodOwner, replacement: Replacement): void
  /** Takes a new Pod for the successor of the first replaced one that has none. @returns false where none was awaited */
  succeed(owner: string, pod: string): boolean
  /** The replacement of this Pod, and its owner. */
  findReplaced(pod: string): readonly [OwnerRecord, Replacement] | undefined
  /** The replacement by this Pod, and its owner. */
  findSuccessor(pod: string): readonly [OwnerRecord, Replacement] | undefined
  /** The outcome of a replacement is known. */
  settle(record: OwnerRecord, replacement: Replacement): void
  /** A new Pod has run, or is gone; with the last one an owner is forgotten that is as any other. */
  forget(record: OwnerRecord, pod: string): void
}

export function createReplacements(): Replacements {
  const records = new Map<string, OwnerRecord>()
  /** By the uid of a Pod. */
  const owners = new Map<string, OwnerRecord>()

  function recordOf(owner: PodOwner): OwnerRecord {
    const known = records.get(owner.uid)
    if (known !== undefined) return known
    const record = {
      owner,
      replacements: new Set<Replacement>(),
      successors: new Set<string>(),
      streak: 0,
      isProven: false,
    }
    records.set(owner.uid, record)
    return record
  }

  function find(pod: string, keyOf: (replacement: Replacement) => string | undefined) {
    const record = owners.get(pod)
    const found = [...(record?.replacements ?? [])].find((replacement) => keyOf(replacement) === pod)
    return record && found && ([record, found] as const)
  }

  function settle(record: OwnerRecord, replacement: Replacement): void {
    record.replacements.delete(replacement)
    owners.delete(replacement.pod.uid)
  }

  return {
    ofOwner: (owner) => records.get(owner),
    ofPod: (pod) => owners.get(pod),
    all: () => records.values(),
    add(owner, replacement) {
      const record = recordOf(owner)
      record.replacements.add(replacement)
      owners.set(replacement.pod.uid, record)
    },
    succeed(owner, pod) {
      const record = records.get(owner)
      const replacement = [...(record?.replacements ?? [])].find(({ successor }) => successor === undefined)
      if (record === undefined || replacement === undefined) return false
      replacement.successor = pod
      record.successors.add(pod)
      owners.set(pod, record)
      return true
    },
    findReplaced: (pod) => find(pod, (replacement) => replacement.pod.uid),
    findSuccessor: (pod) => find(pod, (replacement) => replacement.successor),
    settle,
    forget(record, pod) {
      record.successors.delete(pod)
      owners.delete(pod)
      const found = [...record.replacements].find(({ successor }) => successor === pod)
      if (found !== undefined) settle(record, found)
      const isIdle = record.replacements.size === 0 && record.successors.size === 0
      if (isIdle && record.streak === 0 && record.stop === undefined) records.delete(record.owner.uid)
    },
  }
}
