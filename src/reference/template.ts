import { quoted, isRegistryDomain, manifestReference, parseReference, suffix, tryParseReference } from './reference.ts'
import type { Reference } from './reference.ts'

/**
 * What a location's template may hold in braces:
 *
 * - `domain`: the proxy's domain; `appSlug`: the application's slug
 * - `image`: the reference as written, its registry in lower case
 * - `registry`: the normalised registry in lower case, `docker.io` where none is written; `host`: the same without its port
 * - `repository`: the normalised path, `library/redis` for `redis`
 * - `tag`, `digest`: as written, empty where absent (no `latest` is added); `suffix`: both, with `:` and `@`
 */
const placeholders = [
  'domain',
  'appSlug',
  'image',
  'registry',
  'host',
  'repository',
  'tag',
  'digest',
  'suffix',
] as const

type Placeholder = (typeof placeholders)[number]
export type TemplateValues = Readonly<Record<Placeholder, string>>

const knownPlaceholder = new RegExp(`\\{(${placeholders.join('|')})\\}`, 'g')

/** The values of an image, `written` being the text that `reference` was read from. */
export function imageValues(written: string, reference: Reference): Omit<TemplateValues, 'domain' | 'appSlug'> {
  const registry = reference.domain.toLowerCase()
  return {
    // A domain with capital letters was written as it is: the one that normalisation adds has none.
    image: registry === reference.domain ? written : registry + written.slice(registry.length),
    registry,
    host: registry.replace(/:[0-9]+$/, ''),
    repository: reference.path,
    tag: reference.tag ?? '',
    digest: reference.digest ?? '',
    suffix: suffix(reference),
  }
}

/** Replaces the placeholders by their values. Braces within a value are never taken for a placeholder. */
export function renderTemplate(template: string, values: TemplateValues): string {
  return template.replace(knownPlaceholder, (_, name: Placeholder) => values[name])
}

/** The domain, in lower case, of every location that the template makes. */
export function templateDomain(template: string, proxyDomain: string): string {
  const first = firstComponent(template)
  return (first === '{domain}' ? proxyDomain : first).toLowerCase()
}

/** What is wrong with a template, as one clause that says what is allowed; undefined where nothing is. */
export function validateTemplate(template: string): string | undefined {
  const used = Array.from(template.matchAll(/\{([^{}]*)\}/g), ([, name = '']) => name)
  const has = (...names: Placeholder[]): boolean => names.some((name) => used.includes(name))

  const unknown = used.find((name) => !isPlaceholder(name))
  if (unknown !== undefined) {
    const known = placeholders.map((name) => `{${name}}`).join(', ')
    return `has the unknown placeholder ${quoted(`{${unknown}}`)}; there are ${known}`
  }
  if (/[{}]/.test(template.replace(knownPlaceholder, ''))) {
    return 'has a brace without its counterpart; braces stand around placeholders only'
  }
  const first = firstComponent(template)
  if (first !== '{domain}' && !isRegistryDomain(first)) {
    return `must start with {domain} or with a registry's host name and a slash, so that its locations are recognised; ${quoted(first)} is neither`
  }
  if (!has('image', 'repository')) return 'must name the image by {image} or {repository}'
  if (!has('image', 'suffix', 'tag', 'digest')) return 'must keep tag and digest by {image} or {suffix}'

  return faultInSamples(template)
}

/**
 * Faults that show only in what the template makes, such as a capital letter, an empty path component or a lost tag.
 */
function faultInSamples(template: string): string | undefined {
  const samples = ['quay.io/org/app:1', `quay.io/org/app:1@sha256:${'0'.repeat(64)}`]
  const [fault, ...others] = samples.map((written) => faultInSample(template, written))
  // A template for tags only, or for digests only, is fine.
  return others.includes(undefined) ? undefined : fault
}

function faultInSample(template: string, written: string): string | undefined {
  const reference = parseReference(written)
  const location = renderTemplate(template, {
    domain: 'proxy.example',
    appSlug: 'app',
    ...imageValues(written, reference),
  })
  const moved = tryParseReference(location)
  if ('fault' in moved) return `makes no valid reference of "${written}": ${moved.fault}`
  if (manifestReference(moved) === manifestReference(reference)) return undefined
  return `loses the tag of "${written}": makes ${quoted(location)} of it`
}

function isPlaceholder(name: string): boolean {
  return placeholders.some((placeholder) => placeholder === name)
}

function firstComponent(template: string): string {
  return template.slice(0, Math.max(0, template.indexOf('/')))
}
