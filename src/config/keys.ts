import { isSecret, unexpected } from './fault.ts'
import { meantBy } from './misspelling.ts'
import { configSchema } from './schema.ts'
import {
  formatPath,
  isListSchema,
  isMap,
  isMapSchema,
  leavesOf,
  valueSchema,
  type MapSchema,
  type Path,
  type Schema,
} from './shape.ts'

type Report = (path: Path, fault: string) => void

/**
 * The part of a YAML value that a schema has names for, with an empty map for every one that is missing. What has no
 * name in the schema, or is no map where it has keys, is reported and left out. An empty key (null) counts as absent.
 */
export function knownKeys(schema: MapSchema, value: unknown, report: Report, path: Path = []): Record<string, unknown> {
  if (value !== undefined && value !== null && !isMap(value)) report(path, unexpected(path, 'a map of keys', value))
  const given = isMap(value) ? value : {}

  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(schema.entries, key)) report([...path, key], unknownKey(schema, [...path, key]))
  }
  return Object.fromEntries(
    Object.entries(schema.entries).flatMap(([key, entry]) => {
      const below = [...path, key]
      const item = Object.hasOwn(given, key) ? (given[key] ?? undefined) : undefined
      if (isMapSchema(entry)) return [[key, knownKeys(entry, item, report, below)]]
      return item === undefined ? [] : [[key, knownValue(valueSchema(entry), item, report, below)]]
    }),
  )
}

/** The value of a key, without the unknown keys of its items where it is a list of maps: these are reported. */
export function knownValue(schema: Schema, value: unknown, report: Report, path: Path): unknown {
  if (isListSchema(schema) && isMapSchema(schema.item) && Array.isArray(value)) {
    const { item } = schema
    return value.map((element, index) => knownKeys(item, element, report, [...path, index]))
  }
  if (schema.type === 'record') reportRecord(value, report, path)
  return value
}

/** Valibot takes every object for a record, lists included, and skips the names that objects have from the start. */
function reportRecord(value: unknown, report: Report, path: Path): void {
  if (!isMap(value)) report(path, unexpected(path, 'a map', value))
  for (const key of Object.keys(value ?? {})) {
    if (key in Object.prototype) report([...path, key], unexpected([...path, key], 'another key', key))
  }
}

function unknownKey({ entries }: MapSchema, path: Path): string {
  const key = String(path.at(-1))
  const siblings = Object.keys(entries)
  const meant = meantBy(key, siblings) ?? elsewhere(key)
  const hint = meant === undefined ? `known here: ${siblings.join(', ')}` : `did you mean ${meant}?`
  // A license id whose key is missing, or the space after that key's colon, is parsed as a key itself.
  const name = isSecret(path) ? `${formatPath(path.slice(0, -1))}: a key (not shown here)` : `${formatPath(path)}:`
  return `${name} is unknown; ${hint}`
}

/** A key of the same name in another map. */
function elsewhere(key: string): string | undefined {
  const leaf = leavesOf(configSchema).find(({ path }) => path.at(-1) === key)
  return leaf && formatPath(leaf.path)
}
