import type { CheckConfig } from '../config/config.ts'
import type { Verdicts } from '../decision/verdict.ts'
import type { Transport } from '../network/transport.ts'
import { steadyNow } from '../steadyClock.ts'
import { createCachedChecks } from './cachedChecks.ts'
import { createEndpoints } from './endpoint.ts'
import { createLimiter } from './limiter/limiter.ts'
import type { RegistryObserver } from './observer.ts'
import { createProxyVerdicts, type LicenseCredentials } from './proxyVerdicts.ts'
import { createRegistryHealth } from './registryHealth.ts'
import { createTimeBudgets } from './timeBudget.ts'
import { anonymousKind } from './verdictLifetime.ts'

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

/** How many checks may wait. Further ones are refused at once, since their answers would come too late for any Pod. */
const maxWaiting = 10_000

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
  const dependencies = { check, endpointOf, transport, timeBudgets, health, observer, now, random }

  const limits = { ...check, maxWaiting, maxWait: check.total }
  const registryLimiter = createLimiter({ ...limits, hasAnswered: health.hasAnswered })
  const proxyLimiter = createLimiter({ ...limits, perHost: check.concurrency })

  const anonymous = createCachedChecks(dependencies, {
    kind: anonymousKind,
    limiter: registryLimiter,
    breakerKey: ({ domain }) => endpointOf(domain).host,
    sparesSilentHosts: true,
    tell: (event) => observer.check?.({ kind: 'anonymous', ...event }),
  })
  const proxy = createProxyVerdicts(dependencies, proxyLimiter, credentials)

  return {
    anonymous: (reference, asker) => anonymous.get(reference, asker),
    proxy: proxy.get,
    leave(asker) {
      registryLimiter.leave(asker)
      proxyLimiter.leave(asker)
    },
    stats: () => ({
      entries: anonymous.entries + proxy.entries,
      inFlight: anonymous.inFlight.size + proxy.inFlight.size,
    }),
    async close() {
      registryLimiter.close()
      proxyLimiter.close()
      timeBudgets.close()
      const inFlight = [...anonymous.inFlight.values(), ...proxy.inFlight.values()]
      await Promise.all(inFlight.map(({ verdict }) => verdict))
    },
  }
}
