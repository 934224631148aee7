/**
 * Makes the value table of the chart's README from the comments of its values.yaml: `node scripts/chart-readme.ts`.
 * With `--check` it writes nothing, and ends with 1 where the README is not up to date.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { isMap, isNode, isScalar, parseDocument, type Document, type Pair, type YAMLMap } from 'yaml'

interface Row {
  readonly key: string
  readonly fallback: string
  readonly description: string
}

const readme = fileURLToPath(new URL('../charts/image-proxy-webhook/README.md', import.meta.url))
const values = fileURLToPath(new URL('../charts/image-proxy-webhook/values.yaml', import.meta.url))

const [begin, end] = ['<!-- values -->', '<!-- /values -->']

/** A row for each key with a description. A key without one must be a section whose keys have theirs. */
function rowsOf(document: Document, map: YAMLMap, prefix = ''): Row[] {
  return map.items.flatMap((pair, index) => {
    const key = `${prefix}${nameOf(pair)}`
    // The comment above a map's first key belongs to the map.
    const description = descriptionIn(index === 0 ? map.commentBefore : undefined) ?? descriptionIn(commentOf(pair))
    const fallback = JSON.stringify(isNode(pair.value) ? pair.value.toJS(document) : pair.value)
    if (description !== undefined) return [{ key, fallback, description }]
    if (isMap(pair.value)) return rowsOf(document, pair.value, `${key}.`)
    throw new Error(`values.yaml: ${key} has no comment that begins with "--"`)
  })
}

function nameOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : String(key)
}

function commentOf({ key }: Pair): string | null | undefined {
  return isScalar(key) ? key.commentBefore : undefined
}

function descriptionIn(comment: string | null | undefined): string | undefined {
  const lines = comment?.split('\n').map((line) => line.trim()) ?? []
  const first = lines.findLastIndex((line) => line.startsWith('-- '))
  return first < 0 ? undefined : lines.slice(first).join(' ').slice('-- '.length)
}

function table(rows: readonly Row[]): string {
  const escape = (text: string) => text.replaceAll('|', '\\|')
  const lines = rows.map(({ key, fallback, description }) => {
    return `| \`${key}\` | ${escape(description)} | \`${escape(fallback)}\` |`
  })
  return ['| Key | What it is for | Default |', '| --- | --- | --- |', ...lines].join('\n')
}

async function render(current: string): Promise<string> {
  const [before, after] = [current.split(begin)[0], current.split(end)[1]]
  if (before === undefined || after === undefined) throw new Error(`the README has no ${begin} … ${end}`)
  const document = parseDocument(await readFile(values, 'utf8'))
  if (!isMap(document.contents)) throw new Error('values.yaml is no map')
  const text = `${before}${begin}\n\n${table(rowsOf(document, document.contents))}\n\n${end}${after}`
  return format(text, { ...(await resolveConfig(readme)), filepath: readme })
}

const current = await readFile(readme, 'utf8')
const next = await render(current)
if (!process.argv.includes('--check')) await writeFile(readme, next)
else if (next !== current) {
  console.error("The chart's README is not up to date: run `node scripts/chart-readme.ts`.")
  process.exitCode = 1
}
