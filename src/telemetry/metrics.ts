import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

import type { AdmissionResult } from '../admission/admission.ts'
import type { Action, DecisionReason } from '../decision/decision.ts'
import type { ProxyVerdict, VerdictReason } from '../decision/verdict.ts'
import type { RequestStep } from '../registry/observer.ts'
import { operationLabel, statusLabel, type Operation } from './labels.ts'
import { createCounter, createSimpleCounter, type MetricOptions } from './counter.ts'
import { createLateGauge, createReadGauge } from './gauge.ts'

const cacheResults = ['hit', 'stale', 'miss', 'shared'] as const
const pullSecretResults = ['written', 'foreign', 'failed'] as const
const repairResults = ['copied', 'patched', 'replaced', 'resumed', 'reported', 'failed'] as const

/** Upper bounds of a histogram's buckets, in seconds. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export type CacheResult = (typeof cacheResults)[number]
/** `foreign`: a Secret of that name is not the webhook's. */
export type PullSecretResult = (typeof pullSecretResults)[number]
/**
 * `copied`: the pull secret that it names was written; `patched`: its images were changed in place; `replaced`: deleted,
 * for its owner to make anew; `resumed`: its Job goes on with a new Pod; `reported`: an Event says why it is left alone.
 */
export type RepairResult = (typeof repairResults)[number]

/** What the webhook counts and measures. No label ever holds a name that a Pod's author chose. */
export interface Metrics {
  admission(operation: string, result: AdmissionResult, seconds: number): void
  /** A request that is no review. */
  malformed(): void
  image(decision: Action, reason: DecisionReason): void
  /** One request to a registry, a token endpoint or the proxy: its HTTP status, or why it has none. */
  registryRequest(step: RequestStep, status: number | VerdictReason | 'unknown', seconds: number): void
  cacheRequest(result: CacheResult): void
  /** Forgets what the proxy said of the license before: it tells nothing about the new one. */
  licenseChanged(): void
  /** Whether the source of the license holds one that can be used; not told where no license is configured. */
  licenseUsable(usable: boolean): void
  /** A verdict that needed an answer of the proxy: tells whether it accepts the license. */
  proxyAnswered(verdict: ProxyVerdict): void
  pullSecretWrite(result: PullSecretResult): void
  repair(result: RepairResult): void
  /** A TLS handshake with the webhook that failed: an API server that cannot talk to it admits Pods without it. */
  handshakeFailed(): void
  /** When the serving certificate ends, in seconds since the epoch. */
  certificateExpiry(timestamp: number): void
  /** Has `stats` asked for the size of the verdict cache at each scrape. */
  observeCache(stats: () => { readonly entries: number; readonly inFlight: number }): void
  readonly contentType: string
  /** The exposition for Prometheus. */
  text(): Promise<string>
}

/** Names a metric of the webhook in its registry. */
type Named = (name: string, help: string) => MetricOptions

/** Metrics in a registry of their own, those of the process included. */
export function createMetrics({ version }: { readonly version: string }): Metrics {
  const registry = new Registry()
  const named: Named = (name, help) => ({ name: `image_proxy_webhook_${name}`, help, registers: [registry] })
  const metrics = {
    ...admissionMetrics(named),
    ...checkMetrics(named),
    ...clusterMetrics(named),
    ...licenseMetrics(named),
    ...serverMetrics(named),
  }
  const buildInfo = new Gauge({
    ...named('build_info', 'Always 1; the version is in the label.'),
    labelNames: ['version'],
  })
  buildInfo.set({ version }, 1)
  collectDefaultMetrics({ register: registry })
  return { ...metrics, contentType: registry.contentType, text: () => registry.metrics() }
}

function admissionMetrics(named: Named): Pick<Metrics, 'admission' | 'malformed' | 'image'> {
  const admissions = createCounter<Operation, AdmissionResult | 'malformed'>(
    named('admissions_total', 'Admission reviews, by what became of them.'),
    ['operation', 'result'],
  )
  const duration = new Histogram({
    ...named('admission_duration_seconds', 'Time from the arrival of an admission review to its answer.'),
    buckets: [0.001, 0.0025, ...buckets],
  })
  const images = createCounter<Action, DecisionReason>(
    named('images_total', 'Images in admission reviews, by what was decided and why.'),
    ['decision', 'reason'],
  )
  return {
    admission: (operation, result, seconds) => {
      admissions.add(operationLabel(operation), result)
      duration.observe(seconds)
    },
    malformed: () => {
      admissions.add('other', 'malformed')
    },
    image: images.add,
  }
}

function checkMetrics(named: Named): Pick<Metrics, 'registryRequest' | 'cacheRequest' | 'observeCache'> {
  const duration = new Histogram({
    ...named('check_duration_seconds', 'Duration of the steps of a check, each of them one request.'),
    labelNames: ['step'],
    buckets,
  })
  const requests = createCounter<RequestStep, string>(
    named('registry_requests_total', 'Requests to registries, by HTTP status or by the reason why there is none.'),
    ['step', 'status'],
  )
  const cacheRequests = createSimpleCounter(
    named('cache_requests_total', 'Verdicts asked for, by whether the cache had them.'),
    'result',
    cacheResults,
  )
  let cache = () => ({ entries: 0, inFlight: 0 })
  createReadGauge(named('cache_entries', 'Verdicts in the cache.'), () => cache().entries)
  createReadGauge(named('checks_in_flight', 'Checks under way.'), () => cache().inFlight)
  return {
    registryRequest: (step, status, seconds) => {
      requests.add(step, statusLabel(status))
      duration.observe({ step }, seconds)
    },
    cacheRequest: cacheRequests,
    observeCache: (stats) => {
      cache = stats
    },
  }
}

function clusterMetrics(named: Named): Pick<Metrics, 'pullSecretWrite' | 'repair'> {
  return {
    pullSecretWrite: createSimpleCounter(
      named('pull_secret_writes_total', 'Copies of the pull secret that were due, by what became of them.'),
      'result',
      pullSecretResults,
    ),
    repair: createSimpleCounter(
      named('repairs_total', 'Pods found waiting for an image, by what was done about them.'),
      'result',
      repairResults,
    ),
  }
}

function licenseMetrics(named: Named): Pick<Metrics, 'licenseChanged' | 'licenseUsable' | 'proxyAnswered'> {
  // Absent until the proxy has said something about this license: 0 would say that it was accepted.
  const refused = createLateGauge(
    named(
      'license_refused',
      '1 while the last word of the proxy on the license was a refusal (401 or 403), 0 from the next image that it serves.',
    ),
  )
  // Absent until it is known: 0 would raise the alert where no license is configured.
  const usable = createLateGauge(
    named(
      'license_usable',
      '1 while the source of the license holds a usable one, else 0: the last good license stays in use then.',
    ),
  )
  return {
    licenseChanged: refused.remove,
    licenseUsable: (isUsable) => {
      usable.set(isUsable ? 1 : 0)
    },
    proxyAnswered: ({ access, reason }) => {
      if (access === 'served') refused.set(0)
      else if (access === 'refused' && reason !== 'not-found') refused.set(1)
    },
  }
}

function serverMetrics(named: Named): Pick<Metrics, 'handshakeFailed' | 'certificateExpiry'> {
  const handshakesFailed = new Counter(
    named(
      'tls_handshakes_failed_total',
      'TLS handshakes with the webhook that failed, for instance for want of a common version.',
    ),
  )
  // Absent until there is a certificate: 0 would say that it expired in 1970.
  const certificateExpiry = createLateGauge(
    named('certificate_expiry_timestamp_seconds', 'When the serving certificate expires, in seconds since the epoch.'),
  )
  return {
    handshakeFailed: () => {
      handshakesFailed.inc()
    },
    certificateExpiry: certificateExpiry.set,
  }
}
