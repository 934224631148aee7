import type { VerdictReason } from '../decision/verdict.ts'

/** The operation of a review is text from outside; a label takes the values that the API defines. */
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

/** Those that registries are known to answer with. */
const knownStatuses: ReadonlySet<number> = new Set([
  200, 204, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 410, 415, 429, 500, 501, 502, 503, 504,
])

/** Registries may answer with any number: those that mean nothing here become `2xx`, `3xx`, `4xx`, `5xx` or `other`. */
export function statusLabel(status: number | VerdictReason | 'unknown'): string {
  if (typeof status === 'string') return status
  if (knownStatuses.has(status)) return String(status)
  return status >= 200 && status < 600 ? `${Math.floor(status / 100)}xx` : 'other'
}
