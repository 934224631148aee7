export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  advance(milliseconds: number): void
}

/** A clock that stands still until it is told otherwise. */
export function createClock(start = Date.UTC(2026, 0, 1)): Clock {
  let time = start
  return {
    now: () => time,
    advance(milliseconds) {
      time += milliseconds
    },
  }
}
