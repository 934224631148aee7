/** A named condition: undefined while it holds, else a sentence that says what is wrong. */
export interface Check {
  readonly name: string
  readonly fault: () => string | undefined
}

export interface HealthReport {
  readonly healthy: boolean
  /** Plain text as the API server's own endpoints give it: one line a check where `verbose`, else `ok`. */
  readonly text: string
}

/** What `/livez` or `/readyz` (the `endpoint`) answers for `checks`. A failing check is told in any case. */
export function report(endpoint: string, checks: readonly Check[], verbose: boolean): HealthReport {
  const results = checks.map(({ name, fault }) => ({ name, fault: fault() }))
  const healthy = results.every(({ fault }) => fault === undefined)
  if (healthy && !verbose) return { healthy, text: 'ok\n' }
  const lines = results.map(({ name, fault }) =>
    fault === undefined ? `[+]${name} ok` : `[-]${name} failed: ${fault}`,
  )
  return { healthy, text: [...lines, `${endpoint} check ${healthy ? 'passed' : 'failed'}`, ''].join('\n') }
}
