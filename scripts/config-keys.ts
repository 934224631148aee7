/** What the documentation of the configuration is made from: its keys with what the schema says of them. */
import * as v from 'valibot'
import { variableOf } from '../src/config/environment.ts'
import { configSchema } from '../src/config/schema.ts'
import { isListSchema, isMapSchema, leavesOf, valueSchema, type Schema } from '../src/config/shape.ts'

export interface ConfigKey {
  /** With those of the sections around it, such as `check.cache.public`; `policy.rules[].match` in a list. */
  readonly key: string
  readonly description: string
  /** What it may hold, in the words of the message that refuses anything else. */
  readonly allowed: string
  /** In Markdown; undefined where the key must be there. */
  readonly fallback: string | undefined
  /** The default itself, where it depends on nothing else. */
  readonly value: unknown
  /** Undefined within a list. */
  readonly variable: string | undefined
}

/** Every key of the configuration, in the order of its schema. */
export function readConfigKeys(): ConfigKey[] {
  return leavesOf(configSchema).flatMap(({ path, schema, whole }) => {
    const key = path.join('.')
    const own = describe(key, whole, variableOf(path))
    if (!isListSchema(schema) || !isMapSchema(schema.item)) return [own]
    const items = Object.entries(schema.item.entries)
    return [own, ...items.map(([name, entry]) => describe(`${key}[].${name}`, entry, undefined))]
  })
}

function describe(key: string, schema: Schema, variable: string | undefined): ConfigKey {
  const inner = valueSchema(schema)
  const { fallback } = v.getMetadata(inner)
  const value = 'default' in schema ? schema.default : undefined
  const description = v.getDescription(inner)
  if (description === undefined) throw new Error(`the schema does not describe ${key}`)
  const optional = inner !== schema
  return {
    key,
    description,
    allowed: allowedBy(inner),
    fallback: typeof fallback === 'string' ? fallback : optional ? shown(value) : undefined,
    value,
    variable,
  }
}

/** In Markdown. */
function shown(value: unknown): string {
  if (value === '') return 'none'
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

/** The message of a schema's first check, which tells more than that of its type. */
function allowedBy(schema: Schema): string {
  const [type = '', check] = stepsOf(schema).flatMap((step) => messageOf(step) ?? [])
  if (isListSchema(schema) && !isMapSchema(schema.item)) return `${type}, each ${allowedBy(schema.item)}`
  return check ?? type
}

/** A schema's type and its checks, those of a schema within it included. */
function stepsOf(schema: unknown): readonly unknown[] {
  const isPipe = typeof schema === 'object' && schema !== null && 'pipe' in schema && Array.isArray(schema.pipe)
  return isPipe
    ? (schema.pipe as readonly unknown[]).flatMap((step) => (step === schema ? [step] : stepsOf(step)))
    : [schema]
}

function messageOf(step: unknown): string | undefined {
  return typeof step === 'object' && step !== null && 'message' in step && typeof step.message === 'string'
    ? step.message
    : undefined
}
