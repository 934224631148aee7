import type { HandlerOptions } from '../admission/handler.ts'
import type { RegistryObserver } from '../registry/lookup.ts'
import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'

/** More characters than any reference has that a registry could serve; and more images than a Pod that could run. */
const longestText = 1024
const mostImages = 100

/** Tells the log (one line an admission) and the metrics what became of each review. */
export function observeAdmissions(log: Logger, metrics: Metrics): NonNullable<HandlerOptions['observer']> {
  return {
    handled({ uid, namespace, name, generateName, operation, dryRun }, { result, milliseconds, images }) {
      metrics.admission(operation, result, milliseconds / 1000)
      for (const { decision } of images) metrics.image(decision.action, decision.reason)
      log.info(
        {
          uid: excerpt(uid),
          namespace: excerpt(namespace),
          ...(name === '' ? { generateName: excerpt(generateName) } : { pod: excerpt(name) }),
          operation: excerpt(operation),
          ...(dryRun ? { dryRun } : {}),
          result,
          milliseconds: rounded(milliseconds),
          images: images.slice(0, mostImages).map(({ name, decision, cached, milliseconds }) => ({
            name: excerpt(name),
            image: excerpt(decision.image),
            decision: decision.action,
            reason: decision.reason,
            location: decision.location && excerpt(decision.location),
            rule: decision.rule,
            anonymous: decision.anonymous?.access,
            anonymousReason: decision.anonymous?.reason,
            proxy: decision.proxy?.access,
            proxyReason: decision.proxy?.reason,
            cached,
            milliseconds: rounded(milliseconds),
          })),
          ...(images.length > mostImages ? { furtherImages: images.length - mostImages } : {}),
        },
        'admission',
      )
    },
    malformed(fault) {
      metrics.admission('', 'malformed', 0)
      log.warn({ fault }, 'a request that is no admission review')
    },
    failed({ uid }, error) {
      log.error({ uid: excerpt(uid), err: error }, 'an admission failed, the Pod passed unpatched: please report this')
    },
  }
}

/** Tells the log (a registry that began or ceased to fail) and the metrics what the registries answered. */
export function observeRegistries(log: Logger, metrics: Metrics): RegistryObserver {
  return {
    request({ step, status, error, milliseconds, method, url }) {
      metrics.registryRequest(step, status ?? error ?? 'unknown', milliseconds / 1000)
      log.debug({ step, method, url, status, error, milliseconds: rounded(milliseconds) }, 'registry request')
    },
    cache(result) {
      metrics.cacheRequest(result)
    },
    check({ kind, verdict }) {
      if (kind === 'proxy') metrics.proxyAnswered(verdict)
    },
    host({ host, failing, reason }) {
      if (failing) log.warn({ host, reason }, 'a registry began to fail')
      else log.info({ host }, 'a registry answers again')
    },
    fault(error) {
      log.error({ err: error }, 'a check failed, its verdict is unknown: please report this')
    },
  }
}

/** Nobody has validated yet what a Pod holds: without a bound its author could fill the disk with log lines. */
function excerpt(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}...` : text
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100
}
