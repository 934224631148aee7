/** What the chart's README and its schema are made from: the keys of its values.yaml with the comments above them. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { isMap, isNode, isScalar, parseDocument, type Document, type Pair, type YAMLMap } from 'yaml'

export interface ChartValue {
  /** With those of the sections around it, such as `webhook.failurePolicy`. */
  readonly key: string
  /** Its default as JSON. */
  readonly fallback: string
  readonly description: string
}

/** The path of a file of the chart. */
export function chartFile(name: string): string {
  return fileURLToPath(new URL(`../charts/image-proxy-webhook/${name}`, import.meta.url))
}

/** Every key with a description, in the order of values.yaml. A key without one must be a section whose keys have theirs. */
export async function readChartValues(): Promise<ChartValue[]> {
  const document = parseDocument(await readFile(chartFile('values.yaml'), 'utf8'))
  if (!isMap(document.contents)) throw new Error('values.yaml is no map')
  return valuesOf(document, document.contents)
}

function valuesOf(document: Document, map: YAMLMap, prefix = ''): ChartValue[] {
  return map.items.flatMap((pair, index) => {
    const key = `${prefix}${nameOf(pair)}`
    // The comment above a map's first key belongs to the map.
    const description = descriptionIn(index === 0 ? map.commentBefore : undefined) ?? descriptionIn(commentOf(pair))
    const fallback = JSON.stringify(isNode(pair.value) ? pair.value.toJS(document) : pair.value)
    if (description !== undefined) return [{ key, fallback, description }]
    if (isMap(pair.value)) return valuesOf(document, pair.value, `${key}.`)
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
