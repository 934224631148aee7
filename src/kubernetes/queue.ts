import { createBackoff, type Backoff } from './backoff.ts'

/** Keys that wait for work to be done for them; one that is added twice is done once. */
export interface Queue {
  add(key: string): void
  size(): number
  stop(): void
}

/** @param work resolves with whether the key is done; one that is not comes again later, and later each time */
export function createQueue(work: (key: string) => Promise<boolean>, concurrency: number): Queue {
  const waiting = new Set<string>()
  const delayed = new Map<string, NodeJS.Timeout>()
  const failures = new Map<string, Backoff>()
  let working = 0

  function fill(): void {
    for (const key of waiting) {
      if (working >= concurrency) return
      waiting.delete(key)
      working++
      void run(key)
    }
  }

  async function run(key: string): Promise<void> {
    const done = await work(key)
    working--
    if (done) failures.delete(key)
    else delay(key)
    fill()
  }

  function delay(key: string): void {
    const backoff = failures.get(key) ?? createBackoff(1000, 60_000)
    failures.set(key, backoff)
    clearTimeout(delayed.get(key))
    delayed.set(
      key,
      setTimeout(() => {
        add(key)
      }, backoff.next()).unref(),
    )
  }

  function add(key: string): void {
    clearTimeout(delayed.get(key))
    delayed.delete(key)
    waiting.add(key)
    fill()
  }

  return {
    add,
    size: () => waiting.size + delayed.size + working,
    stop: () => {
      waiting.clear()
      for (const timer of delayed.values()) clearTimeout(timer)
      delayed.clear()
    },
  }
}
