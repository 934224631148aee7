import { setTimeout as pause } from 'node:timers/promises'

/** Milliseconds, for what takes a second or two by itself. */
const patience = 10_000

/** Repeats `attempt` until it no longer throws; fails as its last attempt did, after so many `milliseconds`. */
export async function eventually(attempt: () => void | Promise<void>, milliseconds = patience): Promise<void> {
  const end = performance.now() + milliseconds
  for (;;) {
    try {
      await attempt()
      return
    } catch (error) {
      if (performance.now() > end) throw error
      await pause(20)
    }
  }
}
