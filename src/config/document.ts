import yaml, { type Document, type LineCounter } from 'yaml'

import { simpleObject } from '../plainYaml.ts'
import { yamlFaults } from '../yamlFault.ts'
import type { Path } from './shape.ts'

/** A YAML text as values, with the positions that messages name. */
export interface ParsedDocument {
  readonly value: unknown
  /** `line:column` of a value, or of the nearest map or list around it. */
  readonly position: (path: Path) => string
}

/** After the first few, a parser's faults follow from each other. */
const mostFaults = 5

/**
 * Reads one YAML document, JSON included.
 *
 * @returns the faults, `line:column: what is wrong`, where the text is none. They never quote the text, for it may hold
 *   a license id.
 */
export function parseYaml(text: string): ParsedDocument | { readonly faults: readonly string[] } {
  const simple = simpleObject(text)
  if (simple === undefined) return parseWithPositions(text)
  let document: ReturnType<typeof parseWithPositions> | undefined
  return {
    value: simple,
    position: (path) => {
      document ??= parseWithPositions(text)
      return 'faults' in document ? '1:1' : document.position(path)
    },
  }
}

function parseWithPositions(text: string): ParsedDocument | { readonly faults: readonly string[] } {
  const lineCounter = new yaml.LineCounter()
  try {
    const document = yaml.parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'error' })
    if (document.errors.length === 0) {
      return { value: document.toJS(), position: (path) => locate(document, lineCounter, path) }
    }
    const faults = document.errors.map(
      ({ code, pos }) => `${format(lineCounter, pos[0])}: not valid YAML: ${yamlFaults[code]}`,
    )
    return { faults: faults.slice(0, mostFaults) }
  } catch {
    // The parser recurses, and it throws for aliases that would expand without bound.
    return { faults: ['1:1: not valid YAML: an alias that stands for nothing or for too much, or too deep a nesting'] }
  }
}

function locate(document: Document.Parsed, lineCounter: LineCounter, path: Path): string {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true)
    if (yaml.isNode(node) && node.range) return format(lineCounter, node.range[0])
  }
  return '1:1'
}

function format(lineCounter: LineCounter, offset: number): string {
  const { line, col } = lineCounter.linePos(offset)
  return `${Math.max(line, 1)}:${Math.max(col, 1)}`
}
