export interface Row {
  readonly what: string
  readonly measured: string
  /** The bare server, or whatever the line is compared with. */
  readonly baseline: string
  readonly result: string
  readonly target: string
  readonly met: boolean
}

export function printTable(rows: readonly Row[]): void {
  const head = ['', 'webhook', 'bare node:https', 'result', 'target', '']
  const lines = rows.map(({ what, measured, baseline, result, target, met }) => [
    what,
    measured,
    baseline,
    result,
    target,
    met ? 'met' : 'MISSED',
  ])
  const widths = head.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)))
  for (const line of [head, widths.map((width) => '-'.repeat(width)), ...lines]) {
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  }
}
