import type { VerdictReason } from '../decision/verdict.ts'

/** The time that a piece of work has. */
export interface Lifetime {
  readonly signal: AbortSignal
  /** Resolves when the time is up, or when everything is closed, with what to say of the work then. */
  readonly over: Promise<VerdictReason>
  /** The work is done. */
  end(): void
}

export interface Lifetimes {
  open(): Lifetime
  /** Ends every lifetime, and those opened from now on at once. */
  close(): void
}

/** @param total milliseconds of each lifetime. Its timer does not keep the process alive. */
export function createLifetimes(total: number): Lifetimes {
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
