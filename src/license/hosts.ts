import { defaultProxyDomain, defaultRegistryDomain } from '../reference/location.ts'
import { templateDomain } from '../reference/template.ts'

/** The domains that a license is for, in lower case, each once. */
export interface LicenseHosts {
  /**
   * Those that the operator named, first the one that images are rewritten to. Only these may be shown credentials that
   * were given for another of them: whoever names a Harbor's domain does not want its password at Replicated's.
   */
  readonly configured: readonly string[]
  /** The configured ones, then the default domains of the proxy and of its registry. */
  readonly all: readonly string[]
}

/** The domains of a configuration of the proxy, with the default ones behind them. */
export function licenseHosts(proxy: {
  readonly domain: string
  readonly registryDomain: string
  readonly otherDomains: readonly string[]
  /** It may begin with a host of its own in place of the proxy's domain. */
  readonly template: string
}): LicenseHosts {
  const defaults = [defaultProxyDomain, defaultRegistryDomain]
  const images = templateDomain(proxy.template, proxy.domain)
  const named = [images, proxy.domain, proxy.registryDomain, ...proxy.otherDomains].map((host) => host.toLowerCase())
  const configured = [...new Set(named)].filter((host) => !defaults.includes(host))
  return { configured, all: [...new Set([...named, ...defaults])] }
}
