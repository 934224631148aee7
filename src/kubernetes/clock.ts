/** The clock and the timers of loops that never end. Tests put their own in its place. */
export interface Clock {
  /** Milliseconds since some moment, which never go back. */
  now(): number
  /** Calls `action` after so many milliseconds, but keeps no process alive for it. @returns what cancels it */
  after(milliseconds: number, action: () => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds).unref()
    return () => {
      clearTimeout(timer)
    }
  },
}
