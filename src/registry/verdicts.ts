import type { CheckConfig } from '../config/config.ts'
import type { Asker, Verdict, VerdictReason, Verdicts } from '../decision/verdict.ts'
import type { Reference } from '../reference/reference.ts'
import { registryHost } from '../reference/registryHost.ts'
import { steadyNow } from '../steadyClock.ts'
import type { Transport } from '../network/transport.ts'
import { unknown } from './auth/refusal.ts'
import { createSession, type Credentials, type Session } from './auth/session.ts'
import { createBreaker, type Breaker } from './breaker.ts'
import { createVerdictCache, type CheckUnderWay, type SilenceAnswer, type VerdictCache } from './cache.ts'
import { checkManifest } from './checkManifest.ts'
import { createEndpoints } from './endpoint.ts'
import { createLimiter, type Limiter } from './limiter/limiter.ts'
import { acceptedManifests } from './manifest.ts'
import type { RegistryObserver } from './observer.ts'
import { createRefusals } from './refusals.ts'
import { createRegistryHealth } from './registryHealth.ts'
import { createTimeBudgets } from './timeBudget.ts'
import { anonymousKind, proxyKind, type AccessKind } from './verdictLifetime.ts'

export type { RegistryObserver } from './observer.ts'

/**
 * Answers for images, from memory where it can: a verdict itself where the cache holds it (fresh, or stale while it is being
 * refreshed) or the registry is known to keep silent, else the check that is in flight for it. The proxy is not to be asked
 * without credentials for a reference's domain.
 */
export interface RegistryVerdicts extends Verdicts {
  stats(): { entries: number; inFlight: number }
  /** Ends every check. The transport is the caller's to close. */
  close(): Promise<void>
}

export interface LicenseCredentials {
  /** The credentials that each domain may be shown, by domain. */
  readonly byDomain: Credentials
  /** Changes with the credentials and tells nothing of them. */
  readonly fingerprint: string
}

/** How many checks may wait. Further ones are refused at once, since their answers would come too late for any Pod. */
const maxWaiting = 10_000
/** Milliseconds for which a proxy's 429 counts at most: it is about one registry behind it. */
const maxProxyPause = 60_000
/** The fraction by which a lifetime may be longer or shorter at random. */
const jitter = 0.1

/**
 * Composes caches, limits and sessions into the source of all verdicts. `check.concurrency` and `check.perHost` bound
 * how many checks of registries run at once, each of which makes one request at a time; as many questions to the proxy
 * run beside them, so that none waits for a registry. `check.total` bounds how long a check runs and, before that, how
 * long it waits for its turn.
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

  const timeBudgets = createTimeBudgets(check.total)
  const health = createRegistryHealth(observer, now)
  const { hasAnswered } = health
  const limits = { ...check, maxWaiting, maxWait: check.total }
  const registryLimiter = createLimiter({ ...limits, hasAnswered })
  const proxyLimiter = createLimiter({ ...limits, perHost: check.concurrency })
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

  /** What differs between the questions to a registry and to the proxy. */
  interface Side<Access extends string> {
    readonly kind: AccessKind<Access>
    readonly session: Session
    readonly limiter: Limiter
    readonly breaker: Breaker
    readonly breakerKey: (reference: Reference, original: Reference | undefined) => string
    readonly silence?: (reference: Reference) => SilenceAnswer<Verdict<Access>> | undefined
    /** What counts where the answer is `unknown`. */
    readonly remembered?: (reference: Reference, verdict: Verdict<Access>) => Verdict<Access>
    readonly meanwhile?: (reference: Reference) => Verdict<Access> | undefined
    readonly tell: (event: { key: string; milliseconds: number; verdict: Verdict<Access> }) => void
  }

  function open<Access extends string>(side: Side<Access>): VerdictCache<Verdict<Access>> {
    const { kind, session, limiter, breaker, silence, remembered, meanwhile, tell } = side
    const mayAsk = silence === undefined ? () => true : health.mayAsk
    const context = { endpointOf, limiter, breaker, timeBudgets, mayAsk, found: health.found }

    function begin(
      reference: Reference,
      key: string,
      asker: Asker,
      original: Reference | undefined,
    ): CheckUnderWay<Verdict<Access>> {
      const started = performance.now()
      const breakerKey = side.breakerKey(reference, original)
      const { begun, finding, join } = checkManifest(context, { session, reference, key, asker, breakerKey })
      const settled = finding.catch((error: unknown) => {
        observer.fault?.(error)
        return unknown('unexpected-answer')
      })
      const verdict = settled.then((finding) => {
        const access = kind.access(finding)
        const { reason } = finding
        const usual = kind.lifetime(access, reference, check.cache) * (1 - jitter + 2 * jitter * random())
        const ttl = Math.round(lifetime(reason, usual, breaker.remaining(breakerKey)))
        const found = { access, reason, checkedAt: now(), ttl }
        const verdict = remembered?.(reference, found) ?? found
        tell({ key, milliseconds: performance.now() - started, verdict })
        return verdict
      })
      const known = meanwhile?.(reference)
      return { begun, verdict, join, ...(known && { meanwhile: known }) }
    }

    return createVerdictCache({
      check: begin,
      isServedStale: ({ access }) => kind.isServedStale(access),
      ...(silence && { silence }),
      maxEntries,
      stale,
      now,
      observer,
    })
  }

  function openProxy({ byDomain, fingerprint }: LicenseCredentials) {
    const refusals = createRefusals(now)
    const verdicts = open({
      kind: proxyKind,
      session: openSession(byUrlHost(byDomain, (domain) => endpointOf(domain).base)),
      limiter: proxyLimiter,
      breaker: createBreaker(now, maxProxyPause),
      // An image that was written with the proxy's domain does not tell whose registry is behind it.
      breakerKey: (reference, original) =>
        `${registryHost(reference.domain)} ${original === undefined ? reference.path : registryHost(original.domain)}`,
      remembered: refusals.remember,
      meanwhile: refusals.known,
      tell: (event) => observer.check?.({ kind: 'proxy', ...event }),
    })
    return { fingerprint, verdicts, domains: new Set([...byDomain.keys()].map(registryHost)) }
  }

  const anonymous = open({
    kind: anonymousKind,
    session: openSession(),
    limiter: registryLimiter,
    breaker: createBreaker(now),
    breakerKey: ({ domain }) => endpointOf(domain).host,
    silence: ({ domain }) => {
      const { host } = endpointOf(domain)
      if (!health.isSilent(host)) return undefined
      const verdict = { access: 'unknown', reason: 'timeout', checkedAt: now(), ttl: 0 } as const
      return { verdict, asksAgain: health.isDue(host) }
    },
    tell: (event) => observer.check?.({ kind: 'anonymous', ...event }),
  })
  let licensed: ReturnType<typeof openProxy> | undefined

  return {
    anonymous: (reference, asker) => anonymous.get(reference, asker),
    proxy(reference, asker, original) {
      const current = credentials()
      if (current === undefined) return undefined
      if (licensed?.fingerprint !== current.fingerprint) licensed = openProxy(current)
      if (!licensed.domains.has(registryHost(reference.domain))) return undefined
      return licensed.verdicts.get(reference, asker, original)
    },
    leave(asker) {
      registryLimiter.leave(asker)
      proxyLimiter.leave(asker)
    },
    stats: () => ({
      entries: anonymous.entries + (licensed?.verdicts.entries ?? 0),
      inFlight: anonymous.inFlight.size + (licensed?.verdicts.inFlight.size ?? 0),
    }),
    async close() {
      registryLimiter.close()
      proxyLimiter.close()
      timeBudgets.close()
      const inFlight = [...anonymous.inFlight.values(), ...(licensed?.verdicts.inFlight.values() ?? [])]
      await Promise.all(inFlight.map(({ verdict }) => verdict))
    },
  }
}

/**
 * The milliseconds for which a verdict counts. `busy` is not remembered, as it says nothing about the image; a registry that
 * limits requests may be asked again when the pause that it asked for is over.
 */
function lifetime(reason: VerdictReason, usual: number, pause: number): number {
  if (reason === 'busy') return 0
  return reason === 'rate-limited' ? Math.min(usual, pause) : usual
}

/** Credentials by the host of a URL: that of each domain, and that of the endpoint which is asked in its place. */
function byUrlHost(byDomain: Credentials, baseOf: (domain: string) => string): Credentials {
  const hostOf = (url: string) => URL.parse(url)?.host ?? ''
  const own = [...byDomain].map(([domain, credentials]) => [hostOf(`https://${domain}`), credentials] as const)
  const standIns = [...byDomain].map(([domain, credentials]) => [hostOf(baseOf(domain)), credentials] as const)
  // A host's own entry wins over that of a domain in whose place the host is asked.
  return new Map([...standIns.reverse(), ...own])
}
