import type { CheckConfig } from '../config/config.ts'
import type { Asker, Verdict } from '../decision/verdict.ts'
import type { Transport } from '../network/transport.ts'
import type { Reference } from '../reference/reference.ts'
import { unknown } from './auth/refusal.ts'
import { createSession, type Credentials } from './auth/session.ts'
import { createBreaker } from './breaker.ts'
import { createVerdictCache, type CheckUnderWay, type SilenceAnswer, type VerdictCache } from './cache.ts'
import { checkManifest } from './checkManifest.ts'
import type { Endpoint } from './endpoint.ts'
import type { Finding } from './interpret.ts'
import type { Limiter } from './limiter/limiter.ts'
import { acceptedManifests } from './manifest.ts'
import type { RegistryObserver } from './observer.ts'
import type { RegistryHealth } from './registryHealth.ts'
import type { TimeBudgets } from './timeBudget.ts'
import { lifetimeOf, type AccessKind } from './verdictLifetime.ts'

/** What checks have in common, whether they ask a registry or the proxy. */
export interface CheckDependencies {
  readonly check: CheckConfig
  readonly endpointOf: (domain: string) => Endpoint
  readonly transport: Transport
  readonly timeBudgets: TimeBudgets
  readonly health: RegistryHealth
  readonly observer: RegistryObserver
  /** Milliseconds since the epoch, which must not go back. */
  readonly now: () => number
  /** Between 0 and 1. */
  readonly random: () => number
}

/** What differs between the checks of registries and those of the proxy. */
export interface CachedChecksOptions<Access extends string> {
  readonly kind: AccessKind<Access>
  /** Absent where none are shown to anyone. */
  readonly credentials?: Credentials
  readonly limiter: Limiter
  /** Whom a 429 is about. @param original the image at its own registry, where another one is asked */
  readonly breakerKey: (reference: Reference, original: Reference | undefined) => string
  /** Milliseconds for which a 429 counts at most; the breaker's own limit where it is absent. */
  readonly longestPause?: number
  /** Whether nobody waits for a host that keeps silent, which is then asked now and then only. */
  readonly sparesSilentHosts: boolean
  /** Earlier answers, which stand in for a check that gives none. */
  readonly earlier?: EarlierAnswers<Verdict<Access>>
  readonly tell: (event: { key: string; milliseconds: number; verdict: Verdict<Access> }) => void
}

export interface EarlierAnswers<V> {
  /** @returns what counts from now on: the verdict itself, or an earlier one where it is `unknown` */
  remember(reference: Reference, verdict: V): V
  known(reference: Reference): V | undefined
}

/** The verdicts of one kind of access: found by checks, and kept for as long as each counts. */
export function createCachedChecks<Access extends string>(
  { check, endpointOf, transport, timeBudgets, health, observer, now, random }: CheckDependencies,
  { kind, credentials, limiter, sparesSilentHosts, earlier, tell, ...options }: CachedChecksOptions<Access>,
): VerdictCache<Verdict<Access>> {
  const session = createSession({
    transport,
    accept: acceptedManifests,
    openTimeBudget: timeBudgets.open,
    observe: (event) => observer.request?.(event),
    now,
    ...(credentials && { credentials }),
  })
  const breaker = createBreaker(now, options.longestPause)
  const mayAsk = sparesSilentHosts ? health.mayAsk : () => true
  const context = { endpointOf, limiter, breaker, timeBudgets, mayAsk, found: health.found }

  function begin(
    reference: Reference,
    key: string,
    asker: Asker,
    original: Reference | undefined,
  ): CheckUnderWay<Verdict<Access>> {
    const started = performance.now()
    const breakerKey = options.breakerKey(reference, original)
    const { begun, finding, join } = checkManifest(context, { session, reference, key, asker, breakerKey })
    const verdict = finding.catch(reportBug).then((finding) => {
      const verdict = verdictOf(finding, reference, breaker.remaining(breakerKey))
      tell({ key, milliseconds: performance.now() - started, verdict })
      return verdict
    })
    const meanwhile = earlier?.known(reference)
    return { begun, verdict, join, ...(meanwhile && { meanwhile }) }
  }

  function reportBug(error: unknown): Finding {
    observer.fault?.(error)
    return unknown('unexpected-answer')
  }

  /** @param pause milliseconds until whoever was asked may be asked again */
  function verdictOf(finding: Finding, reference: Reference, pause: number): Verdict<Access> {
    const access = kind.access(finding)
    const { reason } = finding
    const ttl = lifetimeOf(reason, kind.lifetime(access, reference, check.cache), pause, random())
    const found = { access, reason, checkedAt: now(), ttl }
    return earlier?.remember(reference, found) ?? found
  }

  function silence({ domain }: Reference): SilenceAnswer<Verdict<Access>> | undefined {
    const { host } = endpointOf(domain)
    if (!health.isSilent(host)) return undefined
    const finding = unknown('timeout')
    const verdict = { access: kind.access(finding), reason: finding.reason, checkedAt: now(), ttl: 0 }
    return { verdict, asksAgain: health.isDue(host) }
  }

  return createVerdictCache({
    check: begin,
    isServedStale: ({ access }) => kind.isServedStale(access),
    ...(sparesSilentHosts && { silence }),
    maxEntries: check.cache.maxEntries,
    stale: check.cache.stale,
    now,
    observer,
  })
}
