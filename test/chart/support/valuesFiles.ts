import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { chart } from './helm.ts'

/** Every values file of the chart, by name, as arguments for Helm. values-ha.yaml goes on top of another one. */
export const valuesFiles: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...readdirSync(join(chart, 'ci')).map((name) => [name, [argument('ci', name)]] as const),
  ['values-ha.yaml', [argument('ci', 'license-file-values.yaml'), argument('values-ha.yaml')]],
])

function argument(...path: readonly string[]): string {
  return `--values=${join(chart, ...path)}`
}
