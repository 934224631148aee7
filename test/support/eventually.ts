import { readFile } from 'node:fs/promises'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'

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

/**
 * On a machine that has other things to do, time passes without anything being done: a client that is about to ask reads
 * its token from a file and may connect first, for which it needs turns of the event loop as well.
 */
export async function letOthersGoOn(): Promise<void> {
  await pause(10)
  for (let turn = 0; turn < 10; turn++) await nextTurn()
  await readFile(import.meta.filename)
  for (let turn = 0; turn < 10; turn++) await nextTurn()
}
