import type { VerdictReason } from '../decision/verdict.ts'

/**
 * The `operation` label of a review. The review's own text comes from outside: anything but the four operations of the API
 * becomes `other`, or whoever sends reviews could make any number of time series.
 */
export function operationLabel(operation: string): Operation {
  switch (operation) {
    case 'CREATE':
    case 'UPDATE':
    case 'DELETE':
    case 'CONNECT':
      return operation
    default:
      return 'other'
  }
}

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT' | 'other'

/** The statuses that registries are known to answer with. */
const knownStatuses: ReadonlySet<number> = new Set([
  200, 204, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 410, 415, 429, 500, 501, 502, 503, 504,
])

/**
 * The `status` label of a request to a registry, which may answer with any number: one that is not known becomes `2xx`,
 * `3xx`, `4xx`, `5xx` or `other`.
 */
export function statusLabel(status: number | VerdictReason | 'unknown'): string {
  if (typeof status === 'string') return status
  if (knownStatuses.has(status)) return String(status)
  return status >= 200 && status < 600 ? `${Math.floor(status / 100)}xx` : 'other'
}
