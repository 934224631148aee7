/** What a soak saw. */
export interface SoakReport {
  readonly reviews: number
  readonly changes: number
  /** Reviews that were answered late, wrongly or not at all. */
  readonly late: number
  readonly slowest: number
  readonly failed: number
  readonly failures: readonly string[]
  /** After each round, once it had become quiet: bytes after a collection, and open sockets. */
  readonly heap: readonly number[]
  readonly sockets: readonly number[]
  /** Errors of the log, unhandled rejections and Node's own warnings among them. */
  readonly errors: readonly string[]
  /** How the process ended when it was asked to. */
  readonly exitCode: number | null
}

/** How much the heap may grow after the warm-up. */
export const flat = 0.05

/** Sockets that may stay open between reviews: those that registries keep. */
export const keptSockets = 8

/** Why the webhook would not last. Empty: it would. @param tolerance of the heap's growth, as a fraction */
export function faultsOfSoak(report: SoakReport, tolerance = flat): string[] {
  const { reviews, late, slowest, failed, failures, errors, exitCode, sockets } = report
  const growth = growthOf(report.heap)
  const left = Math.max(...sockets)
  return [
    ...(reviews === 0 ? ['no review was answered'] : []),
    ...(failed > 0 ? [`${failed} reviews failed: ${failures.join('; ')}`] : []),
    ...(late > 0 ? [`${late} answers came too late, the slowest after ${Math.round(slowest)} ms`] : []),
    ...(growth > tolerance ? [`the heap grew by ${percent(growth)}: ${report.heap.map(kib).join(', ')} KiB`] : []),
    ...(left > keptSockets ? [`sockets are left: ${sockets.join(', ')}`] : []),
    ...errors.map((error) => `an error: ${error}`),
    ...(exitCode === 0 ? [] : [`the process ended with ${exitCode ?? 'a signal'}`]),
  ]
}

/**
 * Of the last third of the rounds after the warm-up over the first third, each by the round that holds the least: bounded
 * memos fill and are let go in halves, and a leak raises the least as well.
 */
export function growthOf(heap: readonly number[]): number {
  const rounds = heap.slice(warmUp(heap))
  const third = Math.max(1, Math.floor(rounds.length / 3))
  return Math.min(...rounds.slice(-third)) / Math.min(...rounds.slice(0, third)) - 1
}

/** A third of all rounds, in which caches fill. */
const warmUp = ({ length }: readonly number[]) => Math.floor(length / 3)

export const percent = (fraction: number) => `${(fraction * 100).toFixed(1)} %`
const kib = (bytes: number) => Math.round(bytes / 1024)
