import { setTimeout as pause } from 'node:timers/promises'

/** Permission to send one request to the API server. */
export interface RateLimit {
  /** Resolves when the request may go. Urgent ones go before all others, in order among themselves. */
  take(urgent: boolean): Promise<void>
}

/**
 * A token bucket: in no second are more than `perSecond` requests let through (for 2 and more a second). A few of them may
 * go at once, so that late timers do not slow down a long run of requests; a hundredth is held back for those that are
 * let through in time and then sent a little late.
 */
export function createRateLimit(perSecond: number): RateLimit {
  const burst = Math.max(1, Math.floor(perSecond / 25))
  const perMillisecond = Math.max(perSecond * 0.99 - burst, perSecond / 2) / 1000
  const urgent: (() => void)[] = []
  const patient: (() => void)[] = []
  let tokens = burst
  let filled = performance.now()
  let serving = false

  async function serve(): Promise<void> {
    serving = true
    while (urgent.length + patient.length > 0) {
      const now = performance.now()
      tokens = Math.min(burst, tokens + (now - filled) * perMillisecond)
      filled = now
      if (tokens >= 1) {
        tokens--
        const next = urgent.shift() ?? patient.shift()
        next?.()
      } else {
        await pause((1 - tokens) / perMillisecond)
      }
    }
    serving = false
  }

  return {
    take: (isUrgent) =>
      new Promise((resolve) => {
        const queue = isUrgent ? urgent : patient
        queue.push(resolve)
        if (!serving) void serve()
      }),
  }
}
