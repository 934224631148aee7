/** A JSON object of unknown shape: what an admission review holds has not been validated when the webhook sees it. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a value is an object, and neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object that a JSON text holds; undefined where it is no JSON, or holds anything else. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const content: unknown = JSON.parse(text)
    return isObject(content) ? content : undefined
  } catch {
    return undefined
  }
}

/** The object at `key`, or undefined where there is none or something else. */
export function objectAt(parent: unknown, key: string): JsonObject | undefined {
  const value = isObject(parent) ? parent[key] : undefined
  return isObject(value) ? value : undefined
}

/** The elements at `key`; none where there is no array. */
export function arrayAt(parent: unknown, key: string): readonly unknown[] {
  const value: unknown = isObject(parent) ? parent[key] : undefined
  return Array.isArray(value) ? value : []
}

/** The text at `key`, or undefined where there is none or something else. */
export function textAt(parent: unknown, key: string): string | undefined {
  const value = isObject(parent) ? parent[key] : undefined
  return typeof value === 'string' ? value : undefined
}
