import { createBackoff, type Backoff } from './backoff.ts'
import { systemClock, type Clock } from './clock.ts'

/** Keys that wait for work to be done for them; one that is added twice is done once. */
export interface Queue {
  add(key: string): void
  /** Starts nothing more; what is under way ends. */
  stop(): void
}

export interface QueueOptions {
  /** Resolves with whether the key is done; one that is not, or that fails, comes again later, and later each time. */
  readonly work: (key: string) => Promise<boolean>
  /** Keys that are worked on at once. */
  readonly concurrency: number
  /** Told of what `work` rejects with: the queue goes on. */
  readonly onError?: (key: string, error: unknown) => void
  readonly clock?: Clock
}

/** A queue that starts work as soon as a key is added. */
export function createQueue({ work, concurrency, onError, clock = systemClock }: QueueOptions): Queue {
  const waiting = new Set<string>()
  const working = new Set<string>()
  /** What cancels the retry of a key. */
  const delayed = new Map<string, () => void>()
  const failures = new Map<string, Backoff>()
  let stopped = false

  function fill(): void {
    for (const key of waiting) {
      if (working.size >= concurrency) return
      // What was added while it was worked on is done once more, and not beside it.
      if (working.has(key)) continue
      waiting.delete(key)
      working.add(key)
      void run(key)
    }
  }

  async function run(key: string): Promise<void> {
    const done = await attempt(key)
    working.delete(key)
    if (done) failures.delete(key)
    else delay(key)
    fill()
  }

  async function attempt(key: string): Promise<boolean> {
    try {
      return await work(key)
    } catch (error) {
      onError?.(key, error)
      return false
    }
  }

  function delay(key: string): void {
    if (stopped || waiting.has(key)) return
    const backoff = failures.get(key) ?? createBackoff(1000, 60_000)
    failures.set(key, backoff)
    delayed.get(key)?.()
    const retry = (): void => {
      add(key)
    }
    delayed.set(key, clock.after(backoff.next(), retry))
  }

  function add(key: string): void {
    if (stopped) return
    delayed.get(key)?.()
    delayed.delete(key)
    waiting.add(key)
    fill()
  }

  return {
    add,
    stop: () => {
      stopped = true
      waiting.clear()
      for (const cancel of delayed.values()) cancel()
      delayed.clear()
    },
  }
}
