import { readFile } from 'node:fs/promises'
import { describeSchema, keysOf, neededKeysOf, type Schema } from './chart-schema.ts'
import { chartFile, readChartValues, type ChartValue } from './chart-values.ts'
import { withKubernetes } from './kubernetes-schema.ts'
import { markdownTable, replaceBetween, update } from './generated.ts'

const [begin, end] = ['<!-- values -->', '<!-- /values -->']

function table(values: readonly ChartValue[]): string {
  const rows = values.map(({ key, fallback, description }) => [`\`${key}\``, description, `\`${fallback}\``])
  return markdownTable(['Key', 'What it is for', 'Default'], rows)
}

/**
 * Makes what is derived from the comments of the chart's values.yaml: the value table of its README, the descriptions in its
 * values.schema.json, and the lists of its keys by which its templates know wrong ones and missing ones.
 */
export async function generateChart(): Promise<void> {
  const values = await readChartValues()
  const written = JSON.parse(await readFile(chartFile('values.schema.json'), 'utf8')) as Schema
  const schema = describeSchema(await withKubernetes(written), values)
  const readme = await readFile(chartFile('README.md'), 'utf8')
  await update(chartFile('README.md'), replaceBetween(readme, begin, end, `\n\n${table(values)}\n\n`))
  await update(chartFile('values.schema.json'), JSON.stringify(schema))
  await update(
    chartFile('files/values-keys.json'),
    JSON.stringify({ known: keysOf(schema), needed: neededKeysOf(values) }),
  )
}
