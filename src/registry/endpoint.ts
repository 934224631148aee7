import type { Trust } from '../network/guard.ts'

/** Where and how a registry is asked. */
export interface Endpoint {
  /** The registry as images name it, in lower case. Limits and back-off count by it. */
  readonly host: string
  /** `https://…/v2`, without a slash at the end. */
  readonly base: string
  readonly trust: Trust
  /** False where a GET of a manifest counts as a pull: on Docker Hub, whose limit a HEAD leaves alone. */
  readonly mayGet: boolean
  /** Whether a 404 to a HEAD can be believed. Nexus and Artifactory answer so for manifests that a GET finds. */
  readonly honestHead: boolean
}

const dockerHub = 'docker.io'
const dockerHubNames = new Set([dockerHub, 'index.docker.io', 'registry-1.docker.io'])
/** Its API is not served under the name that its images carry. */
const dockerHubBase = 'https://registry-1.docker.io/v2'

const honest = new RegExp(
  `^(?:${[
    'docker\\.io',
    'ghcr\\.io',
    'quay\\.io',
    '(?:[a-z0-9-]+\\.)?gcr\\.io',
    '[a-z0-9-]+\\.pkg\\.dev',
    'registry\\.k8s\\.io',
    'public\\.ecr\\.aws',
    '\\d+\\.dkr\\.ecr(?:-fips)?\\.[a-z0-9-]+\\.amazonaws\\.com(?:\\.cn)?',
    '[a-z0-9-]+\\.azurecr\\.io',
    'mcr\\.microsoft\\.com',
    'registry\\.gitlab\\.com',
    'proxy\\.replicated\\.com',
    'registry\\.replicated\\.com',
  ].join('|')})$`,
)

/** The name under which a registry is known: in lower case, and one for all of Docker Hub's. */
export function registryHost(domain: string): string {
  const host = domain.toLowerCase()
  return dockerHubNames.has(host) ? dockerHub : host
}

/**
 * Looks up the endpoint of an image's domain. How a registry may be asked follows from that domain, also where
 * another URL is asked in its stead.
 *
 * @param configured host → https URL to ask instead. `/v2` is appended where the URL does not end with it, as in
 *   containerd's hosts.toml.
 * @param operatorDomains domains that the operator named, which may have any address.
 */
export function createEndpoints(
  configured: Readonly<Record<string, string>>,
  operatorDomains: Iterable<string> = [],
): (domain: string) => Endpoint {
  const bases = new Map(Object.entries(configured).map(([host, url]) => [registryHost(host), apiBase(url)]))
  const trusted = new Set([...operatorDomains].map(registryHost))

  return (domain) => {
    const host = registryHost(domain)
    const base = bases.get(host)
    return {
      host,
      base: base ?? (host === dockerHub ? dockerHubBase : `https://${host}/v2`),
      trust: base !== undefined || trusted.has(host) ? 'configured' : 'image',
      mayGet: host !== dockerHub,
      honestHead: honest.test(host),
    }
  }
}

function apiBase(text: string): string {
  const url = new URL(text)
  if (url.protocol !== 'https:') throw new TypeError(`an endpoint must be https: ${text}`)
  const path = url.pathname.replace(/\/+$/, '')
  return url.origin + (path.endsWith('/v2') ? path : `${path}/v2`)
}
