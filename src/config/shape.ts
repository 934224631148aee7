import type * as v from 'valibot'

/** Where a key is in the configuration: the names of maps and the indexes of lists that lead to it. */
export type Path = readonly (string | number)[]

export type Schema = v.GenericSchema

export type MapSchema = v.ObjectSchema<Readonly<Record<string, Schema>>, v.ErrorMessage<v.ObjectIssue> | undefined>

/** A key of the schema that holds a value rather than further keys of the schema. */
export interface Leaf {
  readonly path: readonly string[]
  /** The schema of the value. */
  readonly schema: Schema
  /** The schema of the key, which tells besides whether it may be left out, and its default. */
  readonly whole: Schema
}

/** All leaves of a schema, in its order. */
export function leavesOf(schema: Schema, path: readonly string[] = []): Leaf[] {
  return isMapSchema(schema)
    ? Object.entries(schema.entries).flatMap(([key, entry]) => leavesOf(entry, [...path, key]))
    : [{ path, schema: valueSchema(schema), whole: schema }]
}

/** The schema of a key's value, without what says that the key may be left out. */
export function valueSchema(schema: Schema): Schema {
  return isOptional(schema) ? schema.wrapped : schema
}

export function isMapSchema(schema: Schema): schema is MapSchema {
  return schema.type === 'object'
}

export function isListSchema(schema: Schema): schema is v.ArraySchema<Schema, undefined> {
  return schema.type === 'array'
}

function isOptional(schema: Schema): schema is v.OptionalSchema<Schema, undefined> {
  return schema.type === 'optional' || schema.type === 'exact_optional'
}

/** Whether a value of YAML is a map, and neither a list nor one of the types that YAML 1.1 adds. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/** Whether a path is `root` or below it. */
export function isWithin(path: Path, root: Path): boolean {
  return root.every((key, index) => path[index] === key)
}

/** A path as messages name it: `policy.rules[0].match`; a key that is no word stands in brackets and quotes. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    if (!/^[\w-]{1,40}$/.test(key)) return `${text}[${JSON.stringify(key)}]`
    return text === '' ? key : `${text}.${key}`
  }, '')
}
