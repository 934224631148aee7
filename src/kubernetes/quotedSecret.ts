import { isObject, objectAt, parseObject } from '../json.ts'

/** Characters of an encoded value that are looked for: a message that truncates it still shows its beginning. */
const telling = 24
/** Shorter parts of a value are ordinary words, which a message may contain by chance. */
const shortest = 12

/**
 * Whether a refusal repeats something of the Secret that was sent: an admission policy may quote the object, as it is or
 * decoded, whole or in part.
 * @param sent the body of the request
 */
export function quotesSecret(message: string, sent: unknown): boolean {
  const object = typeof sent === 'string' ? parseObject(sent) : undefined
  return Object.values(objectAt(object, 'data') ?? {}).some((value) => isQuoted(message, String(value), 2))
}

/** @param layers of base64 that are looked into: a dockerconfigjson has its passwords within the second */
function isQuoted(message: string, encoded: string, layers: number): boolean {
  if (message.includes(encoded.slice(0, telling))) return true
  return partsOf(Buffer.from(encoded, 'base64').toString())
    .filter((part) => part.length >= shortest)
    .some((part) => message.includes(part) || (layers > 1 && isQuoted(message, part, layers - 1)))
}

/** The values of JSON, whose keys are no secret; else what stands between line breaks, spaces and colons. */
function partsOf(text: string): string[] {
  const object = parseObject(text)
  return object === undefined ? text.split(/[\s:]+/) : leavesOf(object)
}

function leavesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return isObject(value) ? Object.values(value).flatMap(leavesOf) : []
}
