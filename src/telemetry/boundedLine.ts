import { isObject } from '../json.ts'
import { excerpt } from './fields.ts'

/** Bytes of a line of the log, its end included: what log collectors take for one line (containerd cuts at 16 KiB, too). */
export const longestLine = 16 * 1024

/** Bytes of one text, items of a list and keys of a map in a line that has to be cut. */
const longestText = 1024
const mostItems = 16

/**
 * The line, or one that says as much of it as there is room for, and how many bytes it had. A line of more has not been
 * foreseen: this is for the fields that nobody thought of.
 */
export function boundLine(line: string): string {
  // A UTF-16 unit takes three bytes at the most.
  if (line.length * 3 <= longestLine) return line
  const bytes = Buffer.byteLength(line)
  return bytes <= longestLine ? line : cut(JSON.parse(line), bytes)
}

function cut(line: unknown, bytes: number): string {
  const kept: Record<string, unknown> = {}
  let left = longestLine - JSON.stringify({ bytesBeforeCut: bytes }).length - 1
  for (const [name, value] of isObject(line) ? Object.entries(line) : []) {
    const short = shorten(value)
    const size = Buffer.byteLength(JSON.stringify({ [name]: short }))
    if (size > left) continue
    left -= size
    kept[name] = short
  }
  return `${JSON.stringify({ ...kept, bytesBeforeCut: bytes })}\n`
}

function shorten(value: unknown): unknown {
  if (typeof value === 'string') return excerpt(value, longestText)
  if (Array.isArray(value)) return value.slice(0, mostItems).map(shorten)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, mostItems)
      .map(([name, inner]) => [excerpt(name, longestText), shorten(inner)]),
  )
}
