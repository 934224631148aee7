import { isDeepStrictEqual } from 'node:util'
import jsonPatch, { type Operation } from 'fast-json-patch'
import yaml, { type Node, type YAMLMap, type YAMLSeq } from 'yaml'
import { plainObject } from '../../plainYaml.ts'

/** A piece of text in the place of another. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
  /** Of the value in the document: where two edits meet, what lies deeper comes first. */
  readonly depth: number
}

/**
 * Applies a JSON Patch (RFC 6902) to the text of one YAML document, and leaves everything else in it as it is written.
 * @returns undefined where that cannot be done, for instance because aliases stand for what is to be changed
 */
export function patchText(text: string, operations: readonly Operation[]): string | undefined {
  const root = yaml.parseDocument(text, parseOptions)
  const writer = createWriter(text)
  const edits = operations.map((operation) => editFor(root.contents, operation, writer))
  if (!edits.every((edit) => edit !== undefined)) return undefined

  const patched = applyEdits(text, edits)
  const wanted = patchValue(plainObject(text) ?? root.toJS(), operations)
  return isDeepStrictEqual(valueOf(patched), wanted) ? patched : undefined
}

/** Undefined where the text is no YAML. */
function valueOf(text: string): unknown {
  const plain = plainObject(text)
  if (plain !== undefined) return plain
  const document = yaml.parseDocument(text, parseOptions)
  return document.errors.length === 0 ? document.toJS() : undefined
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  const ordered = edits.toSorted((a, b) => a.start - b.start || b.depth - a.depth)
  const pieces = ordered.map((edit, index) => text.slice(ordered[index - 1]?.end ?? 0, edit.start) + edit.text)
  return pieces.join('') + text.slice(ordered.at(-1)?.end ?? 0)
}

/** Applies a JSON Patch to a copy of what a YAML document holds, in which nothing is shared by aliases any more. */
export function patchValue(value: unknown, operations: readonly Operation[]): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(value))
  return jsonPatch.applyPatch(copy, operations).newDocument
}

const parseOptions = { merge: true, logLevel: 'silent' } as const

type Writer = ReturnType<typeof createWriter>

function editFor(root: Node | null, operation: Operation, writer: Writer): Edit | undefined {
  if (operation.op !== 'add' && operation.op !== 'replace') return undefined
  const keys = operation.path.split('/').slice(1).map(jsonPatch.unescapePathComponent)
  const parent = keys.slice(0, -1).reduce<unknown>(childOf, root)
  const key = keys.at(-1) ?? ''
  const value: unknown = operation.value
  const existing = childOf(parent, key)
  const edit = yaml.isNode(existing)
    ? writer.replacement(existing, value)
    : yaml.isMap(parent)
      ? writer.newPair(parent, key, value)
      : yaml.isSeq(parent) && Number(key) === parent.items.length
        ? writer.newItem(parent, value)
        : undefined
  return edit && { ...edit, depth: keys.length }
}

/** Aliases are not followed: an edit of what they stand for would change more than was asked for. */
function childOf(parent: unknown, key: string): unknown {
  if (yaml.isMap(parent)) return parent.get(key, true)
  return yaml.isSeq(parent) ? parent.get(Number(key), true) : undefined
}

function createWriter(text: string) {
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n'

  const columnOf = (offset: number) => offset - (text.lastIndexOf('\n', offset - 1) + 1)

  function insertion(start: number, inserted: string) {
    return { start, end: start, text: inserted }
  }

  /** Lines of their own below the last line of `node`, beyond a comment at its end. */
  function below(node: Node, column: number, yaml: string) {
    const end = text.slice(0, node.range?.[1]).trimEnd().length
    const lineEnd = text.indexOf(lineBreak, end)
    const lines = yaml.trimEnd().split('\n')
    const inserted = lines.map((line) => lineBreak + ' '.repeat(column) + line).join('')
    return insertion(lineEnd < 0 ? text.length : lineEnd, inserted)
  }

  /** In braces or brackets, after `last` (where it has a line of its own, on another one) or right behind the opening. */
  function within(collection: Node, last: { start: number; end: number } | undefined, json: string) {
    if (last === undefined) return insertion((collection.range?.[0] ?? 0) + 1, json)
    const indentation = indentationBefore(last.start)
    return insertion(last.end, indentation === undefined ? `, ${json}` : `,${lineBreak}${indentation}${json}`)
  }

  /** The blanks before what begins its line; undefined where something else stands before it. */
  function indentationBefore(start: number): string | undefined {
    let first = start
    while (' \t'.includes(text[first - 1] ?? '\n')) first--
    return text[first - 1] === '\n' ? text.slice(first, start) : undefined
  }

  return {
    replacement(node: Node, value: unknown) {
      if (!yaml.isScalar(node) || !node.range) return undefined
      const [start, end] = node.range
      if (node.value === null) return { start, end, text: `${start === end ? ' ' : ''}${JSON.stringify(value)}` }
      if (typeof value !== 'string') return undefined
      switch (node.type) {
        case 'PLAIN':
          return { start, end, text: yaml.stringify(value, { lineWidth: 0 }).trimEnd() }
        case 'QUOTE_DOUBLE':
          return { start, end, text: JSON.stringify(value) }
        case 'QUOTE_SINGLE':
          return { start, end, text: `'${value.replaceAll("'", "''")}'` }
        default:
          return undefined
      }
    },

    newPair(map: YAMLMap, key: string, value: unknown) {
      const first = rangeOf(map.items[0]?.key)
      const pair = map.items.at(-1)
      const start = rangeOf(pair?.key)?.[0]
      if (map.flow === true) {
        const end = (rangeOf(pair?.value) ?? rangeOf(pair?.key))?.[1]
        const last = start === undefined || end === undefined ? undefined : { start, end }
        return within(map, last, `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
      }
      if (first === undefined) return undefined
      const column = columnOf(first[0])
      return below(
        map,
        column,
        yaml.stringify({ [key]: value }, { indentSeq: indentsLists(map, column), lineWidth: 0 }),
      )
    },

    newItem(list: YAMLSeq, value: unknown) {
      if (list.flow !== true)
        return below(list, columnOf(list.range?.[0] ?? 0), yaml.stringify([value], { lineWidth: 0 }))
      const range = rangeOf(list.items.at(-1))
      return within(list, range && { start: range[0], end: range[1] }, JSON.stringify(value))
    },
  }

  /** Whether lists below the map's keys stand further to the right than the keys, as far as it has any. */
  function indentsLists(map: YAMLMap, column: number): boolean {
    const list = map.items.map(({ value }) => value).find((value) => yaml.isSeq(value) && value.flow !== true)
    const range = rangeOf(list)
    return range === undefined || columnOf(range[0]) > column
  }
}

function rangeOf(node: unknown): readonly [number, number, number] | undefined {
  return yaml.isNode(node) ? (node.range ?? undefined) : undefined
}
