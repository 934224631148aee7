import { CORE_SCHEMA, load, YAMLException } from 'js-yaml'
import { isObject, type JsonObject } from '../../json.ts'

/**
 * The object that a document of plain YAML is: one without aliases, tags and merge keys, as nearly all manifests are. Undefined
 * for everything else, broken YAML included. It takes a seventh of the time of `yaml`, which knows more: where
 * in the text everything is, and what is wrong with it.
 */
export function plainObject(text: string): JsonObject | undefined {
  if (/<<['"]?\s*:/.test(text)) return undefined
  try {
    const value = load(text, { schema: CORE_SCHEMA, maxAliases: 0 })
    return isObject(value) ? value : undefined
  } catch (error) {
    if (error instanceof YAMLException || error instanceof RangeError) return undefined
    throw error
  }
}
