import type { CheckConfig } from '../config/config.ts'
import type { AnonymousVerdict, ProxyVerdict, Verdict, VerdictReason } from '../decision/verdict.ts'
import type { Reference } from '../reference/reference.ts'
import { registryHost } from '../reference/registryHost.ts'
import { createBreaker } from './breaker.ts'
import { createVerdictCache, type VerdictCache } from './cache.ts'
import { check as ask, type CheckContext } from './checkManifest.ts'
import { steadyNow } from '../steadyClock.ts'
import { createEndpoints } from './endpoint.ts'
import { createHosts } from './hosts.ts'
import type { Finding } from './finding.ts'
import { acceptedManifests } from './manifest.ts'
import { createTimeBudgets } from './timeBudget.ts'
import { createLimiter } from './limiter.ts'
import type { RegistryObserver } from './observer.ts'
import { anonymousKind, proxyKind, type AccessKind } from './verdictLifetime.ts'
import { unknown } from './auth/refusal.ts'
import { createSession, type Credentials, type Session } from './auth/session.ts'
import type { Transport } from '../network/transport.ts'

export type { RegistryObserver } from './observer.ts'

/** Answers for images, from memory where it can. */
export interface RegistryVerdicts {
  /**
   * What an image's own registry grants without credentials: the verdict itself where the cache holds it (fresh, or
   * stale while it is being refreshed), else the check that is in flight for it. Never rejects.
   * @param since milliseconds since the epoch: an answer from before does not count
   */
  anonymous(reference: Reference, since?: number): AnonymousVerdict | Promise<AnonymousVerdict>
  /**
   * What the proxy grants with the license for a rewritten reference, in the same manner. Undefined where it is not to
   * be asked: there are no credentials for the reference's domain.
   */
  proxy(reference: Reference, since?: number): ProxyVerdict | Promise<ProxyVerdict> | undefined
  stats(): { entries: number; inFlight: number }
  /** Ends every check. The transport is the caller's to close. */
  close(): Promise<void>
}

export interface LicenseCredentials {
  /** What each domain may be shown. */
  readonly byDomain: Credentials
  /** Changes with the credentials and tells nothing of them. */
  readonly fingerprint: string
}

/** Beyond it a check is refused at once: an answer that late serves nobody. */
const maxWaiting = 10_000
/** Part of every lifetime by which it may be longer or shorter. */
const jitter = 0.1

/**
 * Puts the check together. `check.concurrency` and `check.perHost` bound how many checks run at once, each of which
 * makes one request at a time; `check.total` bounds how long one runs and, before that, how long it waits for its turn.
 *
 * @param operatorDomains domains that the operator named, which may have any address.
 * @param credentials of the license, read at each use: verdicts and tokens got with others are forgotten.
 * @param now milliseconds since the epoch; must not go back.
 * @param random between 0 and 1: verdicts that came together do not run out together.
 */
export function createVerdicts({
  check,
  operatorDomains = [],
  transport,
  credentials = () => undefined,
  observer = {},
  now = steadyNow,
  random = Math.random,
}: {
  check: CheckConfig
  operatorDomains?: readonly string[]
  transport: Transport
  credentials?: () => LicenseCredentials | undefined
  observer?: RegistryObserver
  now?: () => number
  random?: () => number
}): RegistryVerdicts {
  const endpointOf = createEndpoints(check.endpoints, operatorDomains)

  const breaker = createBreaker(now)
  const timeBudgets = createTimeBudgets(check.total)
  const hosts = createHosts(observer)
  const { hasAnswered } = hosts
  const limiter = createLimiter({ ...check, maxWaiting, maxWait: check.total, hasAnswered })
  const context: CheckContext = { endpointOf, limiter, breaker, timeBudgets, found: hosts.found }
  const { maxEntries, stale } = check.cache
  const openSession = (credentials?: Credentials) =>
    createSession({
      transport,
      accept: acceptedManifests,
      openTimeBudget: timeBudgets.open,
      observe: (event) => observer.request?.(event),
      now,
      ...(credentials && { credentials }),
    })

  async function find(session: Session, reference: Reference, key: string): Promise<Finding> {
    try {
      return await ask(context, session, reference, key)
    } catch (error) {
      observer.fault?.(error)
      return unknown('unexpected-answer')
    }
  }

  function open<Access extends string>(
    session: Session,
    kind: AccessKind<Access>,
    tell: (event: { key: string; milliseconds: number; verdict: Verdict<Access> }) => void,
  ): VerdictCache<Verdict<Access>> {
    return createVerdictCache({
      async check(reference, key) {
        const started = performance.now()
        const finding = await find(session, reference, key)
        const access = kind.access(finding)
        const { reason } = finding
        const usual = kind.lifetime(access, reference, check.cache) * (1 - jitter + 2 * jitter * random())
        const ttl = Math.round(lifetime(reason, usual, breaker.remaining(registryHost(reference.domain))))
        const verdict = { access, reason, checkedAt: now(), ttl }
        tell({ key, milliseconds: performance.now() - started, verdict })
        return verdict
      },
      isServedStale: ({ access }) => kind.isServedStale(access),
      maxEntries,
      stale,
      now,
      observer,
    })
  }

  function openProxy({ byDomain, fingerprint }: LicenseCredentials) {
    const session = openSession(byUrlHost(byDomain, (domain) => endpointOf(domain).base))
    const verdicts = open(session, proxyKind, (event) => observer.check?.({ kind: 'proxy', ...event }))
    return { fingerprint, verdicts, domains: new Set([...byDomain.keys()].map(registryHost)) }
  }

  const anonymous = open(openSession(), anonymousKind, (event) => observer.check?.({ kind: 'anonymous', ...event }))
  let licensed: ReturnType<typeof openProxy> | undefined

  return {
    anonymous: (reference, since) => anonymous.get(reference, since),
    proxy(reference, since) {
      const current = credentials()
      if (current === undefined) return undefined
      if (licensed?.fingerprint !== current.fingerprint) licensed = openProxy(current)
      return licensed.domains.has(registryHost(reference.domain)) ? licensed.verdicts.get(reference, since) : undefined
    },
    stats: () => ({
      entries: anonymous.entries + (licensed?.verdicts.entries ?? 0),
      inFlight: anonymous.inFlight.size + (licensed?.verdicts.inFlight.size ?? 0),
    }),
    async close() {
      limiter.close()
      timeBudgets.close()
      await Promise.all([...anonymous.inFlight.values(), ...(licensed?.verdicts.inFlight.values() ?? [])])
    },
  }
}

/** In milliseconds. That we were busy says nothing about the image, and a registry that named a time may be asked after it. */
function lifetime(reason: VerdictReason, usual: number, pause: number): number {
  if (reason === 'busy') return 0
  return reason === 'rate-limited' ? Math.min(usual, pause) : usual
}

/** The same by the hosts of URLs: those of the domains, and those of the endpoints that stand in for them. */
function byUrlHost(byDomain: Credentials, baseOf: (domain: string) => string): Credentials {
  const hostOf = (url: string) => URL.parse(url)?.host ?? ''
  const own = [...byDomain].map(([domain, credentials]) => [hostOf(`https://${domain}`), credentials] as const)
  const standIns = [...byDomain].map(([domain, credentials]) => [hostOf(baseOf(domain)), credentials] as const)
  // An entry of a host's own counts before one that it is shown in another's stead.
  return new Map([...standIns.reverse(), ...own])
}
