import type { ChartValue } from './chart-values.ts'

/** A JSON schema, as far as sections and their keys go. */
export interface Schema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly [keyword: string]: unknown
}

/** The schema with the descriptions of values.yaml's comments. Keys that values.yaml does not have keep their own. */
export function describeSchema(schema: Schema, values: readonly ChartValue[], path = ''): Schema {
  const { description: written, properties, ...others } = schema
  const description = values.find(({ key }) => key === path)?.description ?? written
  return {
    ...(description === undefined ? {} : { description }),
    ...others,
    ...(properties === undefined ? {} : { properties: mapProperties(properties, values, path) }),
  }
}

function mapProperties(
  properties: Readonly<Record<string, Schema>>,
  values: readonly ChartValue[],
  path: string,
): Record<string, Schema> {
  const entries = Object.entries(properties).map(([key, inner]) => {
    return [key, describeSchema(inner, values, path === '' ? key : `${path}.${key}`)] as const
  })
  return Object.fromEntries(entries)
}

/** The path of every key, sections included. What is below `global` is its parent chart's, too, and not listed. */
export function keysOf({ properties = {} }: Schema, prefix = ''): string[] {
  return Object.entries(properties).flatMap(([key, inner]) => {
    const path = `${prefix}${key}`
    return path === 'global' ? [path] : [path, ...keysOf(inner, `${path}.`)]
  })
}

/** Non-empty defaults that may be taken away by null: Kubernetes, or a cluster's own rules, then say what holds. */
const removable = new Set([
  'webhook.annotations',
  'topologySpreadConstraints',
  'priorityClassName',
  'podSecurityContext',
  'securityContext',
  'resources',
  'dnsConfig',
  'metrics.dashboard.labels',
])

/** The path of every key that must have a value, each after the section that it is in. */
export function neededKeysOf(values: readonly ChartValue[]): string[] {
  const needed = values.filter(
    ({ key, fallback }) => !['""', '[]', '{}', 'null'].includes(fallback) && !removable.has(key),
  )
  const sections = values.flatMap(({ key }) => key.split('.').map((_, index, all) => all.slice(0, index).join('.')))
  return [...new Set([...sections, ...needed.map(({ key }) => key)])]
    .filter((key) => key !== '' && !isGlobal(key))
    .sort()
}

/** `global` is its parent chart's, and need not be there. */
function isGlobal(key: string): boolean {
  return key === 'global' || key.startsWith('global.')
}
