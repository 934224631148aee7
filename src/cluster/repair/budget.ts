/** How many Pods may be mended within a time, so that a mistake stays small. */
export interface Budget {
  /** @returns whether there was one left, which is taken then */
  take(): boolean
  /** Gives back what was taken for nothing. */
  giveBack(): void
  /** How many are there. */
  left(): number
}

/** Of the bucket: a chart's first minute is mended at once. */
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
