import { setImmediate as othersTurn, setTimeout as pause } from 'node:timers/promises'

/** Permission to send one request to the API server. */
export interface RateLimit {
  /**
   * Resolves when the request may be sent. Urgent ones go first, in order among themselves; every fourth turn is for
   * the others, however many are urgent.
   * @param background goes after all others that are not urgent either
   * @returns to be called when the request has been sent. Until then it counts from its permission: where the process
   * is held up in between, one request too many could fall into the second that follows
   */
  take(urgent: boolean, background?: boolean): Promise<() => void>
}

/** One turn in so many is for requests that are not urgent: anyone who reaches the webhook can cause urgent ones. */
const othersShare = 4

/** Milliseconds within which no more than the configured number go: a second, and some time for the way to the socket. */
const second = 1010

/**
 * In no second are more than `perSecond` requests let through, however late the process gets round to sending them. A
 * token bucket spreads them over the second; it lets a few go at once, so that late timers do not slow down a long run.
 */
export function createRateLimit(perSecond: number): RateLimit {
  const burst = Math.max(1, Math.floor(perSecond / 25))
  const perMillisecond = perSecond / 1000
  const urgent: ((turn: number) => void)[] = []
  const patient: ((turn: number) => void)[] = []
  const last: ((turn: number) => void)[] = []
  /** When each of the latest `perSecond` requests went, the oldest of them to be overwritten next. */
  const sent = new Array<number>(perSecond).fill(-Infinity)
  let turns = 0
  let tokens = burst
  let filled = performance.now()
  let serving = false

  async function serve(): Promise<void> {
    serving = true
    while (urgent.length + patient.length + last.length > 0) {
      const now = performance.now()
      tokens = Math.min(burst, tokens + (now - filled) * perMillisecond)
      filled = now
      const wait = Math.max((sent[turns % perSecond] ?? 0) + second - now, (1 - tokens) / perMillisecond)
      if (wait <= 0) {
        tokens--
        const others = patient.length > 0 ? patient : last
        const [first, second] = turns % othersShare === 0 ? [others, urgent] : [urgent, others]
        const next = first.shift() ?? second.shift()
        next?.(turns++)
        // Lets the caller send its request before the next one is permitted.
        await othersTurn()
      } else {
        await pause(wait)
      }
    }
    serving = false
  }

  return {
    async take(isUrgent, isBackground = false) {
      const turn = await new Promise<number>((resolve) => {
        const queue = isUrgent ? urgent : isBackground ? last : patient
        queue.push(resolve)
        if (!serving) void serve()
      })
      const went = (): void => {
        const isOverwritten = turns > turn + perSecond
        if (!isOverwritten) sent[turn % perSecond] = performance.now()
      }
      went()
      return went
    },
  }
}
