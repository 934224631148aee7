import fc from 'fast-check'
import { stringify } from 'yaml'
import { text } from '../reference/arbitraries.ts'

/** Stands for brackets within brackets: JSON that is deep enough can be read but not written. */
const nested = fc.constantFrom(1, 500, 10_000, 100_000).map((depth) => `nested ${depth}`)

/** A mutated document as JSON. */
export function toJson(document: unknown): string {
  return nest(JSON.stringify(document))
}

/** Characters: of a megabyte of brackets YAML makes more than a gigabyte of objects. */
const mostYaml = 400_000

/** The same as YAML. What YAML has no notation for is left out, and the end of what is very long. */
export function toYaml(document: unknown): string {
  try {
    return nest(stringify(document)).slice(0, mostYaml)
  } catch {
    return ''
  }
}

function nest(text: string): string {
  return text.replace(/"?nested (\d+)"?/g, (_, depth: string) => '['.repeat(Number(depth)) + ']'.repeat(Number(depth)))
}

/** Values that have no place where they are put. */
export const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  text,
  fc.constantFrom<unknown>(null, '', 0, -1, 1e308, true, {}, [], '__proto__', '\u0001'.repeat(600), 'x'.repeat(70_000)),
  nested,
)

type Change =
  | { readonly kind: 'remove' }
  | { readonly kind: 'replace' | 'add'; readonly value: unknown; readonly key: string }
  | { readonly kind: 'repeat'; readonly times: number }

const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'spec', 'image', 'name', 'annotations'))

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('remove' as const) }),
  fc.record({ kind: fc.constantFrom('replace' as const, 'add' as const), value, key }),
  fc.record({ kind: fc.constant('repeat' as const), times: fc.nat(20) }),
)

const mostPlaces = 5000

/** Characters of JSON that one value becomes, at the most, when it is repeated: a review may have three times as many. */
const mostRepeated = 2_000_000

/** One of `documents` with up to four of its values changed, wherever they are. */
export function mutated(documents: readonly unknown[]): fc.Arbitrary<unknown> {
  const changes = fc.array(fc.record({ at: fc.nat(), change }), { maxLength: 4 })
  return fc.tuple(fc.constantFrom(...documents), changes).map(([document, changes]) => {
    const root = { document: structuredClone(document) }
    for (const { at, change } of changes) {
      const places = placesIn(root)
      const place = places[at % places.length]
      // What is repeated several times over would fill the memory of whoever makes it.
      if (place !== undefined && places.length < mostPlaces) apply(place, change)
    }
    return root.document ?? null
  })
}

/** A text with a piece of it cut out, or another one put in. */
export function damaged(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(texts, fc.nat(), fc.nat(8), fc.string({ unit: 'binary', maxLength: 6 }))
    .map(([text, at, cut, put]) => {
      const start = at % (text.length + 1)
      return text.slice(0, start) + put + text.slice(start + cut)
    })
}

interface Place {
  readonly parent: object
  readonly key: string
}

/** Without recursion: what is nested deeply must reach the webhook, not end here. */
function placesIn(root: object): Place[] {
  const places: Place[] = []
  const parents = [root]
  for (const parent of parents) {
    for (const [key, below] of Object.entries(parent)) {
      places.push({ parent, key })
      if (typeof below === 'object' && below !== null) parents.push(below as object)
    }
  }
  return places
}

function apply({ parent, key }: Place, change: Change): void {
  const current: unknown = Reflect.get(parent, key)
  // One object that is put into itself, by this change or a later document's, would be a circle without an end.
  const value: unknown = 'value' in change ? structuredClone(change.value) : undefined
  switch (change.kind) {
    case 'remove':
      if (Array.isArray(parent)) parent.splice(Number(key), 1)
      else Reflect.deleteProperty(parent, key)
      return
    case 'replace':
      put(parent, key, value)
      return
    case 'add':
      if (Array.isArray(current)) current.push(value)
      else if (typeof current === 'object' && current !== null) put(current, change.key, value)
      return
    case 'repeat':
      if (Array.isArray(parent)) {
        const most = Math.floor(mostRepeated / toJson(current ?? null).length)
        parent.push(...Array.from({ length: Math.min(change.times, most) }, () => structuredClone(current)))
      }
  }
}

/** As JSON does it: `__proto__` becomes a key like any other. */
function put(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}
