import { quoted, formatReference, manifestReference, tryParseReference } from './reference.ts'
import type { Reference } from './reference.ts'
import { imageValues, renderTemplate, templateDomain } from './template.ts'

export const defaultProxyDomain = 'proxy.replicated.com'
export const defaultRegistryDomain = 'registry.replicated.com'

export interface LocatorOptions {
  readonly appSlug: string
  readonly proxy: {
    /** Where images are rewritten to. */
    readonly domain: string
    /** The registry that hosts the vendor's own private images. */
    readonly registryDomain: string
    /** Further domains whose images count as proxied. */
    readonly otherDomains: readonly string[]
    /** The template of locations; `validateTemplate` says what it may be. */
    readonly template: string
  }
  /** Every template that a rule names. */
  readonly ruleTemplates?: readonly string[]
}

/**
 * Where to fetch an image instead; or why there is no such place, as a clause that goes on from "kept as written: ".
 */
export type Rewrite =
  | { readonly location: string; /** Read from the location. */ readonly reference: Reference }
  | { readonly fault: string }

export interface Locator {
  /**
   * Whether images on a domain come through the proxy already: it is the configured domain, the default one, one of the
   * further ones, or one that a template names. Domains are compared as a whole, a port included, and know no case.
   */
  isProxied(domain: string): boolean
  /** Whether the vendor's own registry hosts the images of a domain, the default registry's domain included. */
  isHosted(domain: string): boolean
  /**
   * Where the proxy serves an image, by the configured template or another one of `ruleTemplates`. A location is always a
   * valid reference, on a domain that `isProxied`, to the same tag or digest. Whether the image should be rewritten, and
   * whether it is proxied already, is not asked here.
   *
   * @param written the text that `reference` was read from
   */
  rewrite(written: string, reference: Reference, template?: string): Rewrite
}

/** @throws nothing: the templates must have been found good by `validateTemplate` before. */
export function createLocator({ appSlug, proxy, ruleTemplates = [] }: LocatorOptions): Locator {
  const domain = proxy.domain.toLowerCase()
  const templateDomains = [proxy.template, ...ruleTemplates].map((template) => templateDomain(template, domain))
  const proxied = lowerCased([domain, defaultProxyDomain, ...proxy.otherDomains, ...templateDomains])
  const hosted = lowerCased([proxy.registryDomain, defaultRegistryDomain])
  const isProxied = (candidate: string): boolean => proxied.has(candidate.toLowerCase())

  return {
    isProxied,
    isHosted: (candidate) => hosted.has(candidate.toLowerCase()),
    rewrite(written, reference, template = proxy.template) {
      const renamed = faultOfLowerCase(reference)
      if (renamed !== undefined) return { fault: renamed }

      const values = imageValues(written, reference)
      const location = renderTemplate(template, { domain, appSlug, ...values })
      const moved = tryParseReference(location)
      if ('fault' in moved) {
        return { fault: faultOfRegistry(location, values) ?? `behind the proxy, its ${moved.fault}` }
      }
      if (!isProxied(moved.domain)) return { fault: `${quoted(location)} would not be on a domain of the proxy` }
      if (manifestReference(moved) !== manifestReference(reference)) {
        return { fault: `${quoted(location)} would not keep its tag or digest` }
      }
      return { location, reference: moved }
    },
  }
}

/**
 * Whether an image may be the location of another one, by whatever template and proxy: it fetches the same tag or digest,
 * from a repository whose name has the other's in it.
 *
 * @example mayBeLocation('proxy.example/proxy/app/quay.io/a/b:1', 'quay.io/a/b:1') // true
 */
export function mayBeLocation(location: string, written: string): boolean {
  const moved = tryParseReference(location)
  const reference = tryParseReference(written)
  if ('fault' in moved || 'fault' in reference) return false
  // A template's {image} has `redis` as it is written, and its {repository} has `library/redis`.
  const repository = reference.path.replace(/^library\//, '')
  return manifestReference(moved) === manifestReference(reference) && `/${moved.path}/`.includes(`/${repository}/`)
}

/**
 * A registry behind the proxy is a path component, so it is in lower case there. Some are another name then: `Acme/app`
 * becomes Docker Hub's `acme/app`.
 */
function faultOfLowerCase(reference: Reference): string | undefined {
  const domain = reference.domain.toLowerCase()
  if (domain === reference.domain) return undefined

  const written = formatReference({ ...reference, domain })
  const read = tryParseReference(written)
  if (!('fault' in read) && formatReference(read) === written) return undefined
  return `behind the proxy its registry ${quoted(reference.domain)} would be in lower case, and ${quoted(written)} is another image`
}

/** The fault of a registry that no path component can hold, as far as the location holds it. */
function faultOfRegistry(location: string, { registry, host }: { registry: string; host: string }): string | undefined {
  if (host.startsWith('[') && location.includes(host)) {
    return `its registry ${quoted(registry)} is an IPv6 address, which no path behind the proxy can hold`
  }
  if (registry !== host && location.includes(registry)) {
    return (
      `its registry ${quoted(registry)} has a port, which no path behind the proxy can hold; ` +
      'a rule whose template has {host} in place of {image} or {registry} leaves the port out'
    )
  }
  return undefined
}

function lowerCased(domains: readonly string[]): ReadonlySet<string> {
  return new Set(domains.map((domain) => domain.toLowerCase()))
}
