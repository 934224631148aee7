import yaml, { type Document } from 'yaml'
import { isObject, type JsonObject } from '../../json.ts'
import { plainObject } from '../../plainYaml.ts'
import { yamlFaults } from '../../yamlFault.ts'
import { asText, UsageError } from '../terminal/context.ts'

/** One document of a file with manifests. */
export interface Manifest {
  readonly file: string
  /** Counted from 1 in its file. */
  readonly document: number
  /** As it is written, the line `---` and the comments before it included. */
  readonly text: string
  /** Undefined where the document is empty. */
  readonly value: JsonObject | undefined
}

/**
 * Reads all documents of a YAML text, JSON included.
 * @throws UsageError with the first fault of each document, and its line
 */
export function readManifests(file: string, text: string): Manifest[] {
  const faults: string[] = []
  const manifests: Manifest[] = []
  let line = 0
  for (const part of partsOf(asText(file, text))) {
    const start = { file, documents: manifests.length + faults.length, line }
    const plain = plainObject(part)
    const read = plain
      ? [{ file, document: start.documents + 1, text: part, value: plain }]
      : readDocuments(part, start)
    for (const result of read) {
      if (typeof result === 'string') faults.push(result)
      else manifests.push(result)
    }
    line += lineBreaksIn(part)
  }
  const template = text.includes('{{') ? '; a template is rendered first: helm template CHART, then -f -' : ''
  if (faults.length > 0) throw new UsageError(...faults.map((fault) => fault + template))
  return manifests
}

/** What comes before a text in its file. */
interface Start {
  readonly file: string
  readonly documents: number
  readonly line: number
}

/**
 * Pieces of a YAML text that can be read one by one, and are the text together: each begins with its line `---`, which ends
 * whatever stands before it (https://yaml.org/spec/1.2.2/#914-explicit-documents). Directives and `...` have rules of their
 * own, so a text with these is one piece.
 */
function partsOf(text: string): string[] {
  if (/(?:^|\n)(?:%|\.\.\.)/.test(text)) return [text]
  const [first = '', ...others] = text.split(/(?<=\n)(?=---\s)/)
  const [second, ...rest] = others
  // Comments before the first line `---` are no document.
  return second !== undefined && /^(?:\s*(?:#.*)?\n)*$/.test(first) ? [first + second, ...rest] : [first, ...others]
}

/** Manifests, and sentences about documents that are broken, with their lines. */
function readDocuments(text: string, { file, documents: before, line: above }: Start): (Manifest | string)[] {
  const lines = new yaml.LineCounter()
  const documents = [
    ...yaml.parseAllDocuments(text, { lineCounter: lines, merge: true, prettyErrors: false, logLevel: 'error' }),
  ]
  return documents.map((document, index) => {
    const placeOf = (offset: number) => place(file, before + index, above + Math.max(lines.linePos(offset).line, 1))
    // One broken line makes the parser stumble over many others.
    const [fault] = document.errors
    if (fault) return `${placeOf(fault.pos[0])}: not valid YAML: ${yamlFaults[fault.code]}`
    const start = index === 0 ? 0 : endOf(text, documents[index - 1])
    const end = index === documents.length - 1 ? text.length : endOf(text, document)
    const value = valueOf(document, placeOf(document.contents?.range[0] ?? start))
    return { file, document: before + index + 1, text: text.slice(start, end), value }
  })
}

function lineBreaksIn(text: string): number {
  return text.split('\n').length - 1
}

/** The parser counts the line break behind an empty document among the next one. */
function endOf(text: string, document: Document.Parsed | undefined): number {
  const end = document?.range[2] ?? 0
  return text[end - 1] === '\n' ? end : end + (/^[ \t]*\r?\n/.exec(text.slice(end))?.[0].length ?? 0)
}

function valueOf(document: Document.Parsed, where: string): JsonObject | undefined {
  const value = toValue(document, where)
  if (value === null || value === undefined) return undefined
  if (isObject(value)) return value
  throw new UsageError(
    `${where}: expected a Kubernetes object, not ${Array.isArray(value) ? 'a list' : 'a plain value'}`,
  )
}

function toValue(document: Document.Parsed, where: string): unknown {
  try {
    const value: unknown = document.toJS()
    // Aliases can make a value part of itself, and whoever walks through it would never end.
    JSON.stringify(value)
    return value
  } catch (error) {
    // A reference error is the library's guard against aliases that expand without bound.
    if (error instanceof ReferenceError || error instanceof RangeError || error instanceof TypeError) {
      throw new UsageError(
        `${where}: nested too deeply, or aliases that stand for too much or for what they are part of`,
      )
    }
    throw error
  }
}

function place(file: string, index: number, line: number): string {
  return `${file}: document ${index + 1}, line ${line}`
}
