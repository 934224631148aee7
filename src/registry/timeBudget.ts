import type { VerdictReason } from '../decision/verdict.ts'

/** The time that one check has. */
export interface TimeBudget {
  readonly signal: AbortSignal
  /** Resolves when the time is up (`timeout`), or when all budgets are closed (`busy`). */
  readonly over: Promise<VerdictReason>
  /** Stops the timer when the check has ended. */
  end(): void
}

export interface TimeBudgets {
  open(): TimeBudget
  /** Ends every budget, and those opened from now on at once. */
  close(): void
}

/** @param total milliseconds of each budget. Its timer does not keep the process alive. */
export function createTimeBudgets(total: number): TimeBudgets {
  const running = new Set<(reason: VerdictReason) => void>()
  let closed = false

  return {
    open() {
      const controller = new AbortController()
      const { promise: over, resolve } = Promise.withResolvers<VerdictReason>()
      const stop = (reason: VerdictReason) => {
        end()
        resolve(reason)
        controller.abort()
      }
      const timer = setTimeout(stop, total, 'timeout' satisfies VerdictReason).unref()
      const end = () => {
        clearTimeout(timer)
        running.delete(stop)
      }
      running.add(stop)
      if (closed) stop('busy')
      return { signal: controller.signal, over, end }
    },
    close() {
      closed = true
      for (const stop of running) stop('busy')
    },
  }
}
