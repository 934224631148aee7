import { systemClock, type Clock } from '../kubernetes/clock.ts'
import { createQueue } from '../kubernetes/queue.ts'
import type { PullSecretCopies } from './pullSecretCopies.ts'
import type { PullSecretWriter } from './pullSecretWriter.ts'

export interface PullSecretRestorerOptions {
  readonly copies: Pick<PullSecretCopies, 'namespaces' | 'isOutdated'>
  readonly writer: Pick<PullSecretWriter, 'write' | 'isWriting'>
  /** Whether it is known what to write. */
  readonly isReady: () => boolean
  readonly leading: () => boolean
  /** Sees to it that `copies` tells of what was missed: called at each comparison. */
  readonly lookAnew: () => void
  readonly onError: (namespace: string, error: unknown) => void
  readonly clock?: Clock
}

/**
 * Writes the copies that are outdated or missing, after the admission that needed them. Every replica knows which ones
 * these are, and the leader restores them; each replica retries what it failed to write itself.
 */
export interface PullSecretRestorer {
  /** Begins to compare everything there is with what there should be, at intervals. */
  start(): void
  /** Retries a write that failed at an admission, also where another replica leads: a Pod is waiting for this copy. */
  owe(namespace: string): void
  /** The copy was written, or is not to be written: it is owed no more. */
  settle(namespace: string): void
  /** The copy of this namespace may have changed. */
  restore(namespace: string): void
  restoreAll(): void
  stop(): void
}

/** Copies written at once: enough to use the whole request rate while the API server is slow to answer some. */
const concurrency = 16
/** Bounds the memory for copies that are still to be written: whoever posts reviews chooses the namespaces. */
const mostOwed = 10_000
/** Milliseconds between two comparisons. */
const comparison = 10 * 60_000

export function createPullSecretRestorer(options: PullSecretRestorerOptions): PullSecretRestorer {
  const { copies, writer, isReady, leading, lookAnew, onError, clock = systemClock } = options
  const queue = createQueue({ work, concurrency, onError, clock })
  const owed = new Set<string>()
  let cancelComparison = (): void => undefined

  /** Whether this replica is to write the copy. */
  function isDue(namespace: string): boolean {
    return owed.has(namespace) || (copies.isOutdated(namespace) && leading())
  }

  async function work(namespace: string): Promise<boolean> {
    // A write that an admission began may be older than the deletion or change that is to be undone, so another follows
    // it.
    if (writer.isWriting(namespace)) await writer.write(namespace, false)
    if (!isDue(namespace) || !isReady()) return true
    return (await writer.write(namespace, false)) !== 'failed'
  }

  function restore(namespace: string): void {
    if (isDue(namespace)) queue.add(namespace)
  }

  function restoreAll(): void {
    for (const namespace of new Set([...copies.namespaces(), ...owed])) restore(namespace)
  }

  /** In case a watch, a change of leader or a bug has left a copy out of date. */
  function compareLater(): void {
    cancelComparison = clock.after(comparison, () => {
      compareLater()
      lookAnew()
      restoreAll()
    })
  }

  return {
    start: compareLater,
    owe: (namespace) => {
      if (owed.size >= mostOwed) return
      owed.add(namespace)
      queue.add(namespace)
    },
    settle: (namespace) => {
      owed.delete(namespace)
    },
    restore,
    restoreAll,
    stop: () => {
      cancelComparison()
      queue.stop()
    },
  }
}
