import type { Trust } from '../network/guard.ts'
import { dockerHub, registryHost } from '../reference/registryHost.ts'

/** Where and how a registry is asked. */
export interface Endpoint {
  /** The registry as images name it, in lower case. Limits and back-off count by it. */
  readonly host: string
  /**
   * What stands before the repository: `https://…/v2`, and the path that a mirror has for the registry. No slash at the
   * end.
   */
  readonly base: string
  /**
   * What of `base` belongs to the repository's name, and so to the scope of its token: empty, or with a slash at the
   * end.
   */
  readonly repositoryPrefix: string
  readonly trust: Trust
  /** False where a GET of a manifest counts as a pull: on Docker Hub, whose limit a HEAD leaves alone. */
  readonly mayGet: boolean
  /** Whether a 404 to a HEAD can be believed. Nexus and Artifactory answer so for manifests that a GET finds. */
  readonly honestHead: boolean
}

/** The host that serves the API of Docker Hub, which is not the one in the names of its images. */
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

/**
 * Looks up the endpoint of an image's domain. How far a HEAD and a 404 can be believed depends on the host that is
 * asked: a mirror of Docker Hub need not answer as Docker Hub does.
 *
 * @param configured host → https URL to ask instead, as in containerd's hosts.toml: a URL with a segment `v2` in its
 * path is taken as it is, and what follows `v2` comes before the repository; to any other `/v2` is appended.
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
    const asked = base === undefined ? host : registryHost(new URL(base).host)
    return {
      host,
      base: base ?? (host === dockerHub ? dockerHubBase : `https://${host}/v2`),
      repositoryPrefix: base === undefined ? '' : repositoryPrefix(base),
      trust: base !== undefined || trusted.has(host) ? 'configured' : 'image',
      mayGet: asked !== dockerHub,
      honestHead: honest.test(asked),
    }
  }
}

function apiBase(text: string): string {
  const url = new URL(text)
  if (url.protocol !== 'https:') throw new TypeError(`an endpoint must be https: ${text}`)
  const path = url.pathname.replace(/\/+$/, '')
  return url.origin + (path.split('/').includes('v2') ? path : `${path}/v2`)
}

function repositoryPrefix(base: string): string {
  const segments = new URL(base).pathname.split('/')
  return segments
    .slice(segments.indexOf('v2') + 1)
    .map((segment) => `${segment}/`)
    .join('')
}
