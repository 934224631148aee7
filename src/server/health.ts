/** A named condition. */
export interface Check {
  readonly name: string
  /** Undefined while the condition holds, else a sentence that says what is wrong. */
  readonly fault: () => string | undefined
  /** What someone has to look after although the condition holds. */
  readonly warning?: () => string | undefined
}

export interface HealthReport {
  readonly healthy: boolean
  /** Plain text as the API server's own endpoints give it: one line a check where `verbose`, else `ok`. */
  readonly text: string
}

/** What `/livez` or `/readyz` (the `endpoint`) answers for `checks`. A failing check is told in any case. */
export function report(endpoint: string, checks: readonly Check[], verbose: boolean): HealthReport {
  const results = checks.map(({ name, fault, warning }) => ({ name, fault: fault(), warning: warning?.() }))
  const healthy = results.every(({ fault }) => fault === undefined)
  if (healthy && !verbose) return { healthy, text: 'ok\n' }
  const lines = results.map(({ name, fault, warning }) => {
    if (fault !== undefined) return `[-]${name} failed: ${fault}`
    return warning === undefined ? `[+]${name} ok` : `[+]${name} ok, with a warning: ${warning}`
  })
  return { healthy, text: [...lines, `${endpoint} check ${healthy ? 'passed' : 'failed'}`, ''].join('\n') }
}
