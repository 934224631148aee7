import { defaultProxyDomain, defaultRegistryDomain } from '../reference/location.ts'

/** The domains that a license is for, in lower case, each once. */
export interface LicenseHosts {
  /**
   * Those that the operator named, the proxy's first. Only these may be shown credentials that were given for another
   * of them: whoever names a Harbor's domain does not want its password at Replicated's.
   */
  readonly configured: readonly string[]
  /** The configured ones, then the default domains of the proxy and of its registry. */
  readonly all: readonly string[]
}

export function licenseHosts(proxy: {
  readonly domain: string
  readonly registryDomain: string
  readonly otherDomains: readonly string[]
}): LicenseHosts {
  const defaults = [defaultProxyDomain, defaultRegistryDomain]
  const named = [proxy.domain, proxy.registryDomain, ...proxy.otherDomains].map((host) => host.toLowerCase())
  const configured = [...new Set(named)].filter((host) => !defaults.includes(host))
  return { configured, all: [...new Set([...named, ...defaults])] }
}
