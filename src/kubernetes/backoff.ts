/** Growing waits between attempts, with jitter so that replicas do not come back in step. */
export interface Backoff {
  /** Milliseconds until the next attempt. */
  next(): number
  /** Starts again with the first wait, after a success. */
  reset(): void
}

/** @param first milliseconds, doubled at each attempt up to `most` */
export function createBackoff(first = 200, most = 30_000): Backoff {
  let attempts = 0
  return {
    next: () => Math.min(first * 2 ** attempts++, most) * (0.5 + Math.random() / 2),
    reset: () => {
      attempts = 0
    },
  }
}
