import type { Asker, PendingCheck, ProxyVerdict } from '../decision/verdict.ts'
import type { Reference } from '../reference/reference.ts'
import { registryHost } from '../reference/registryHost.ts'
import type { Credentials } from './auth/session.ts'
import type { VerdictCache } from './cache.ts'
import { createCachedChecks, type CheckDependencies } from './cachedChecks.ts'
import type { Limiter } from './limiter/limiter.ts'
import { createRefusals } from './refusals.ts'
import { proxyKind } from './verdictLifetime.ts'

export interface LicenseCredentials {
  /** The credentials that each domain may be shown, by domain. */
  readonly byDomain: Credentials
  /** Changes with the credentials and tells nothing of them. */
  readonly fingerprint: string
}

/** What the proxy grants with the license there is. */
export interface ProxyVerdicts extends Omit<VerdictCache<ProxyVerdict>, 'get'> {
  /** Undefined where the proxy is not to be asked: without a license, or without credentials for the reference's domain. */
  get(reference: Reference, asker: Asker, original?: Reference): ProxyVerdict | PendingCheck<ProxyVerdict> | undefined
}

/** Milliseconds for which a proxy's 429 counts at most: it is about one registry behind it. */
const maxPause = 60_000

/** @param credentials read at each use: verdicts, refusals and tokens got with others are forgotten. */
export function createProxyVerdicts(
  dependencies: CheckDependencies,
  limiter: Limiter,
  credentials: () => LicenseCredentials | undefined,
): ProxyVerdicts {
  let licensed: ReturnType<typeof open> | undefined

  function open({ byDomain, fingerprint }: LicenseCredentials) {
    const verdicts = createCachedChecks(dependencies, {
      kind: proxyKind,
      credentials: byUrlHost(byDomain, (domain) => dependencies.endpointOf(domain).base),
      limiter,
      breakerKey,
      longestPause: maxPause,
      sparesSilentHosts: false,
      earlier: createRefusals(dependencies.now),
      tell: (event) => dependencies.observer.check?.({ kind: 'proxy', ...event }),
    })
    return { fingerprint, verdicts, domains: new Set([...byDomain.keys()].map(registryHost)) }
  }

  return {
    get(reference, asker, original) {
      const current = credentials()
      if (current === undefined) return undefined
      if (licensed?.fingerprint !== current.fingerprint) licensed = open(current)
      if (!licensed.domains.has(registryHost(reference.domain))) return undefined
      return licensed.verdicts.get(reference, asker, original)
    },
    get entries() {
      return licensed?.verdicts.entries ?? 0
    },
    get inFlight() {
      return licensed?.verdicts.inFlight ?? new Map<string, never>()
    },
  }
}

/**
 * Of the proxy's domain and the registry behind it. An image that was written with the proxy's domain does not tell whose
 * registry that is: its own path stands for it.
 */
function breakerKey(reference: Reference, original: Reference | undefined): string {
  return `${registryHost(reference.domain)} ${original === undefined ? reference.path : registryHost(original.domain)}`
}

/** Credentials by the host of a URL: that of each domain, and that of the endpoint which is asked in its place. */
function byUrlHost(byDomain: Credentials, baseOf: (domain: string) => string): Credentials {
  const hostOf = (url: string) => URL.parse(url)?.host ?? ''
  const own = [...byDomain].map(([domain, credentials]) => [hostOf(`https://${domain}`), credentials] as const)
  const standIns = [...byDomain].map(([domain, credentials]) => [hostOf(baseOf(domain)), credentials] as const)
  // A host's own entry wins over that of a domain in whose place the host is asked.
  return new Map([...standIns.reverse(), ...own])
}
