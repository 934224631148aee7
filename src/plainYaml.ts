import { CORE_SCHEMA, load, YAMLException } from 'js-yaml'
import { isObject, parseObject, type JsonObject } from './json.ts'

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

const word = String.raw`[\w./](?:[!-"$-9;-~]|:(?=[!-~])| (?=[!-"$-~]))*`
const scalar = String.raw`(?:${word}|'[ -&(-~]*'|"[ !#-[\]-~]*"|\{\}|\[\])`
/** No number, and no null. */
const key = String.raw`(?!null:)(?:[a-z]|\d[\w-]*\.[a-z]{2})[\w./-]{0,252}:`
const simpleLine = new RegExp(String.raw`^ *(?:(?:- )*${key}(?: ${scalar})?|(?:- )+${scalar})? *(?:(?<=^| )#.*)?$`, 'i')
/** One that is infinite is a text for `js-yaml`. */
const hugeNumber = /(?:^|[\s,:[])[+-]?(?:\d{300}|[\d.]+e\+?\d{3})/im

/**
 * The object that a simple text is: JSON, or lines with a key, a value or both, as Helm and most people write them. Undefined
 * for everything else. Of texts beyond these `yaml` refuses some that `js-yaml` takes; what is simple they read alike.
 */
export function simpleObject(text: string): JsonObject | undefined {
  if (text.includes('\r') || hugeNumber.test(text)) return undefined
  const isSimple = text.split('\n').every((line) => simpleLine.test(line)) || parseObject(text) !== undefined
  return isSimple ? plainObject(text) : undefined
}
