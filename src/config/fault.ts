import { formatPath, isMap, type Path } from './shape.ts'

/** The configuration cannot be used. `message` is all of `faults`, one a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  /** Each names the key, its value, what is allowed, and where it was read. No license, no password among them. */
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

/** Whether the values here may identify the customer: a file that is nothing but a license id included. */
export function isSecret([first]: Path): boolean {
  return first === 'license' || first === undefined
}

/** The sentence about a value that its key does not take; it shows no value that may identify the customer. */
export function unexpected(path: Path, expected: string, value: unknown): string {
  const hidden = isSecret(path) && !Array.isArray(value) && !isMap(value)
  const given = hidden ? `${path.length === 0 ? 'a single value' : 'what is set'} (not shown here)` : describe(value)
  return `${formatPath(path) || 'the configuration'}: expected ${expected}, not ${given}`
}

/** A value as a message may show it: bounded, and without what could be a password or a token of a URL. */
function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shorten(value.replace(/^.*@/s, '…@').replace(/[?#].*$/s, '?…')))
  if (Array.isArray(value)) return 'a list'
  if (isMap(value)) return 'a map'
  return typeof value === 'object' && value !== null ? 'a value of another type' : String(value)
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
