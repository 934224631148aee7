import { readChartValues, type ChartValue } from '../../../scripts/chart-values.ts'
import { licensed } from './helm.ts'

const given = ['appSlug', 'license.id']

/** The chart's values, but for the least that an install takes, and what is its parent chart's. */
export const freeValues: readonly ChartValue[] = (await readChartValues()).filter(
  ({ key }) => !given.includes(key) && !key.startsWith('global.'),
)

export const hasDefault = ({ fallback }: ChartValue): boolean => !['""', '[]', '{}', 'null'].includes(fallback)

/** The keys whose default is empty: null is as good as that. */
export const emptyKeys: readonly string[] = freeValues.filter((value) => !hasDefault(value)).map(({ key }) => key)

/** Values in which each of these keys is null, which is how Helm takes a default away. */
export function nulls(keys: readonly string[]): Record<string, object> {
  const root: Record<string, unknown> = structuredClone(licensed)
  for (const key of keys) {
    const [last = '', ...sections] = key.split('.').reverse()
    const section = sections.reverse().reduce((map, name) => (map[name] ??= {}) as Record<string, unknown>, root)
    section[last] = null
  }
  return root as Record<string, object>
}
