import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { chartFile } from './chart-values.ts'
import { readConfigKeys, type ConfigKey } from './config-keys.ts'
import { markdownTable, replaceBetween, update } from './generated.ts'

const documentation = fileURLToPath(new URL('../docs/configuration.md', import.meta.url))
const values = chartFile('values.yaml')

const [keysBegin, keysEnd] = ['<!-- keys -->', '<!-- /keys -->']
/** Within values.yaml: between these lines, the comments of keys that the webhook has as well are generated. */
const [commentsBegin, commentsEnd] = ['# <webhook-keys>', '# </webhook-keys>']

/** Makes docs/configuration.md, and the comments of the webhook's own keys in the chart's values.yaml, from the schema. */
export async function generateConfiguration(): Promise<void> {
  const keys = readConfigKeys()
  const [page, yaml] = await Promise.all([readFile(documentation, 'utf8'), readFile(values, 'utf8')])
  await update(documentation, replaceBetween(page, keysBegin, keysEnd, `\n\n${sections(keys)}\n\n`))
  const between = yaml.split(`${commentsBegin}\n`)[1]?.split(commentsEnd)[0] ?? ''
  await update(values, replaceBetween(yaml, commentsBegin, commentsEnd, `\n${commented(between, keys)}`))
}

/** A table for each key of the top, with all that is below it. */
function sections(keys: readonly ConfigKey[]): string {
  const head = ['Key', 'What it is for', 'Allowed', 'Default', 'Environment variable']
  const code = (text: string | undefined) => (text === undefined ? '' : `\`${text}\``)
  return [...Map.groupBy(keys, ({ key }) => /^\w+/.exec(key)?.[0])]
    .map(([section, below]) => {
      const rows = below.map(({ key, description, allowed, fallback, variable }) => {
        return [code(key), description, allowed, fallback ?? 'must be given', code(variable)]
      })
      return `### ${section ?? ''}\n\n${markdownTable(head, rows)}`
    })
    .join('\n\n')
}

/** Lines of values.yaml with the descriptions of the keys that are there, in place of the comments above them. */
function commented(text: string, keys: readonly ConfigKey[]): string {
  const path: string[] = []
  const lines: string[] = []
  for (const line of text.split('\n')) {
    const { indent = '', name } = /^(?<indent> *)(?<name>[A-Za-z]\w*):/.exec(line)?.groups ?? {}
    if (name !== undefined) {
      path.splice(indent.length / 2, Infinity, name)
      const found = keys.find(({ key }) => key === path.join('.'))
      if (found !== undefined) {
        const above = lines.findLastIndex((earlier) => !earlier.trim().startsWith('#')) + 1
        lines.splice(above, Infinity, `${indent}# -- ${found.description}`)
      }
    }
    lines.push(line)
  }
  return lines.join('\n')
}
