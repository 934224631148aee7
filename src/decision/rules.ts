import type { Reference } from '../reference/reference.ts'

/** What the configuration says of the images that a pattern covers, without asking anybody. */
export interface Rule {
  readonly match: string
  readonly action: 'proxy' | 'leave'
  readonly template?: string
}

/** The first of `rules` that covers a reference. */
export function compileRules<R extends Rule>(rules: readonly R[]): (reference: Reference) => R | undefined {
  const compiled = rules.map((rule) => ({ rule, covers: compilePattern(rule.match) }))
  return (reference) => compiled.find(({ covers }) => covers(reference))?.rule
}

/** Whether a rule's pattern covers a reference. */
export type NamePattern = (reference: Reference) => boolean

/**
 * Compiles a rule's pattern, which is compared with the normalised name without tag and digest
 * (`docker.io/library/redis`): `*` stands for any text within a path segment, `**` for any text. Host names know no
 * case. Matching takes steps in proportion to both lengths at the most, which a regular expression could not promise.
 */
export function compilePattern(pattern: string): NamePattern {
  const parts = pattern.replace(/^[^/]*/, (host) => host.toLowerCase()).match(/\*\*?|[^*]/g) ?? []
  return ({ domain, path }) => matches(parts, `${domain.toLowerCase()}/${path}`)
}

/** Reads `name` once, with every place in the pattern where the text so far can have led. */
function matches(parts: readonly string[], name: string): boolean {
  let places = skipStars(parts, new Set([0]))
  for (const character of name) {
    const next = new Set<number>()
    for (const place of places) {
      const part = parts[place]
      if (part === character) next.add(place + 1)
      else if (part?.startsWith('*') && (part.length > 1 || character !== '/')) next.add(place)
    }
    places = skipStars(parts, next)
  }
  return places.has(parts.length)
}

/**
 * A star may stand for no text at all, so each place after one is reached as well. Iterating a Set visits what is added
 * meanwhile.
 */
function skipStars(parts: readonly string[], places: Set<number>): Set<number> {
  for (const place of places) if (parts[place]?.startsWith('*')) places.add(place + 1)
  return places
}
