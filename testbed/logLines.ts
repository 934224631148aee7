import { StringDecoder } from 'node:string_decoder'
import type { Readable } from 'node:stream'

export interface LogListener {
  /** A line of JSON. */
  readonly entry: (value: unknown) => void
  /** Any other line: what a runtime prints by itself. */
  readonly other: (text: string) => void
}

/** Reads a log of JSON lines. Only `\n` ends a line: `node:readline` ends them at U+2028 too, which JSON has within strings. */
export function followLog(log: Readable, { entry, other }: LogListener): void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  log.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const parsed = parse(line)
      if (parsed === undefined) other(line)
      else entry(parsed.value)
    }
  })
}

function parse(line: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(line) as unknown }
  } catch {
    return undefined
  }
}
