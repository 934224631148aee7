import { defaultProxyDomain, defaultRegistryDomain } from '../reference/location.ts'

/** The domains that a license is good for: the proxy's and the registry's, custom ones first, and further names of them. */
export function licenseHosts(proxy: {
  readonly domain: string
  readonly registryDomain: string
  readonly otherDomains: readonly string[]
}): string[] {
  const hosts = [proxy.domain, proxy.registryDomain, ...proxy.otherDomains, defaultProxyDomain, defaultRegistryDomain]
  return [...new Set(hosts.map((host) => host.toLowerCase()))]
}
