/**
 * Makes what is derived from the comments of the chart's values.yaml: the value table of its README, the descriptions in its
 * values.schema.json, and the list of its keys that its templates know wrong ones by: `node scripts/chart-readme.ts`.
 * With `--check` it writes nothing, and ends with 1 where one of them is not up to date.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { format, resolveConfig } from 'prettier'
import { describeSchema, keysOf, type Schema } from './chart-schema.ts'
import { chartFile, readChartValues, type ChartValue } from './chart-values.ts'

const [begin, end] = ['<!-- values -->', '<!-- /values -->']

function table(values: readonly ChartValue[]): string {
  const escape = (text: string) => text.replaceAll('|', '\\|')
  const lines = values.map(({ key, fallback, description }) => {
    return `| \`${key}\` | ${escape(description)} | \`${escape(fallback)}\` |`
  })
  return ['| Key | What it is for | Default |', '| --- | --- | --- |', ...lines].join('\n')
}

function readme(current: string, values: readonly ChartValue[]): string {
  const [before, after] = [current.split(begin)[0], current.split(end)[1]]
  if (before === undefined || after === undefined) throw new Error(`the README has no ${begin} … ${end}`)
  return `${before}${begin}\n\n${table(values)}\n\n${end}${after}`
}

async function update(name: string, next: string): Promise<boolean> {
  const path = chartFile(name)
  const text = await format(next, { ...(await resolveConfig(path)), filepath: path })
  const current = await readFile(path, 'utf8').catch(() => '')
  if (text === current) return true
  if (!process.argv.includes('--check')) await writeFile(path, text)
  return false
}

const values = await readChartValues()
const schema = describeSchema(JSON.parse(await readFile(chartFile('values.schema.json'), 'utf8')) as Schema, values)
const made = {
  'README.md': readme(await readFile(chartFile('README.md'), 'utf8'), values),
  'values.schema.json': JSON.stringify(schema),
  'files/values-keys.json': JSON.stringify(keysOf(schema)),
}
for (const [name, text] of Object.entries(made)) {
  if ((await update(name, text)) || !process.argv.includes('--check')) continue
  console.error(`The chart's ${name} is not up to date: run \`node scripts/chart-readme.ts\`.`)
  process.exitCode = 1
}
