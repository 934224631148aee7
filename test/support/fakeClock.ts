import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../../src/kubernetes/clock.ts'

export interface FakeClock extends Clock {
  /** Lets so much time pass, and what is due in it happen, one after the other. */
  advance(milliseconds: number): Promise<void>
  /** What waits for its time. */
  pending(): number
}

/** A clock that stands still until it is told otherwise. */
export function createClock(): FakeClock {
  let time = 0
  let timers: { readonly at: number; readonly action: () => void }[] = []

  return {
    now: () => time,
    after(milliseconds, action) {
      const timer = { at: time + milliseconds, action }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    async advance(milliseconds) {
      const end = time + milliseconds
      for (;;) {
        const [next] = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
        if (next === undefined) break
        timers = timers.filter((other) => other !== next)
        time = Math.max(time, next.at)
        next.action()
        await settled()
      }
      time = end
      await settled()
    },
    pending: () => timers.length,
  }
}

/** Lets what needs no time happen: promises that are kept already. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await turn()
}
