import type { HandlerOptions } from '../admission/handler.ts'
import type { RegistryObserver } from '../registry/verdicts.ts'
import { excerpt, rounded } from './fields.ts'
import { createImageLog } from './imageLog.ts'
import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'

/** Bytes of a name: Kubernetes has none of more than 253 characters. */
const longestName = 256

/** Tells the log (one line an admission) and the metrics what became of each review. */
export function observeAdmissions(log: Logger, metrics: Metrics): NonNullable<HandlerOptions['observer']> {
  const withImages = createImageLog(log)
  return {
    handled({ uid, namespace, name, generateName, operation, dryRun }, { result, images }, milliseconds) {
      metrics.admission(operation, result, milliseconds / 1000)
      for (const { decision } of images) metrics.image(decision.action, decision.reason)
      withImages(images).info(
        {
          uid: excerpt(uid, longestName),
          namespace: excerpt(namespace, longestName),
          ...(name === '' ? { generateName: excerpt(generateName, longestName) } : { pod: excerpt(name, longestName) }),
          operation: excerpt(operation, longestName),
          ...(dryRun ? { dryRun } : {}),
          result,
          milliseconds: rounded(milliseconds),
        },
        'admission',
      )
    },
    malformed(fault) {
      metrics.malformed()
      log.warn({ fault }, 'a request that is no admission review')
    },
    failed({ uid }, error) {
      log.error(
        { uid: excerpt(uid, longestName), err: error },
        'an admission failed, the Pod passed unpatched: please report this',
      )
    },
  }
}

/**
 * Tells the log and the metrics of the license, at each change.
 *
 * @returns a listener for what is wrong with the license's source, the last license that could be used, whether images can
 *   be decided on at all, and why that license may be of no use.
 */
export function observeLicense(log: Logger, metrics: Metrics) {
  let fingerprint: string | undefined
  return (
    { license, fault }: { readonly license?: { readonly fingerprint: string }; readonly fault?: string },
    decides: boolean,
    warning?: string,
  ): void => {
    if (license?.fingerprint !== fingerprint) metrics.licenseChanged()
    fingerprint = license?.fingerprint
    if (license !== undefined || fault !== undefined) metrics.licenseUsable(fault === undefined)

    if (fault === undefined && license === undefined) {
      log.info('no license: the proxy is not asked before an image is rewritten')
    } else if (fault === undefined) log.info('license')
    else if (license !== undefined) log.error({ fault }, 'the license cannot be used, the last good one stays in use')
    else if (decides) log.error({ fault }, 'the license cannot be used')
    else log.error({ fault }, 'images are left alone')
    if (warning !== undefined) log.warn({ warning }, 'the license may be of no use')
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
