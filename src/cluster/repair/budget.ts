/** How many Pods may be mended within a time, so that a mistake stays small. */
export interface Budget {
  /** Takes a token. @returns whether there was one */
  take(): boolean
  /** Gives back a token that was not needed. */
  giveBack(): void
  /** Tokens that are left. */
  left(): number
}

/** Tokens in a full bucket: enough to mend at once what waits when a chart has just been installed. */
const size = 60

/** A token bucket that begins full. @param now milliseconds, which must not go back */
export function createBudget(perMinute: number, now: () => number): Budget {
  const perMillisecond = perMinute / 60_000
  let tokens = size
  let filled = now()

  function fill(): void {
    const time = now()
    tokens = Math.min(size, tokens + (time - filled) * perMillisecond)
    filled = time
  }

  return {
    take() {
      fill()
      if (tokens < 1) return false
      tokens--
      return true
    },
    giveBack: () => {
      tokens = Math.min(size, tokens + 1)
    },
    left() {
      fill()
      return Math.floor(tokens)
    },
  }
}
