import type { Admission } from '../admission/admission.ts'
import type { Config } from '../config/config.ts'
import type { Api } from '../kubernetes/api.ts'
import { steadyNow } from '../steadyClock.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { EventRecorder } from './events.ts'
import type { Leadership } from './leadership.ts'
import { manager } from './ownership.ts'
import type { PullSecretKeeper } from './pullSecrets.ts'
import { readCoverage, type Coverage } from './repair/coverage.ts'
import { decideAnew } from './repair/decideAnew.ts'
import type { CurrentTerms } from './repair/mend.ts'
import type { RepairOutcome, RepairResult } from './repair/outcome.ts'
import { createRepair, type Repair } from './repair/repair.ts'
import { createRepairApi } from './repair/repairApi.ts'
import type { WebhookConfiguration } from './webhookConfiguration.ts'

/** What mending Pods needs to know of the rest of the webhook. */
export interface PodRepairNeeds {
  readonly keeper: PullSecretKeeper | undefined
  readonly admission: Pick<Admission, 'admit'>
  /** Undefined while there is no license, or no slug. */
  readonly terms: () => CurrentTerms | undefined
  /** Whether this replica answers reviews. */
  readonly isServing: () => boolean
}

export interface PodRepairOptions extends PodRepairNeeds {
  readonly api: Api
  readonly config: Config
  readonly configuration: WebhookConfiguration
  readonly leadership: Leadership
  readonly events: EventRecorder
  readonly log: Logger
  readonly metrics: Metrics
  readonly fault: (subject: string, sentence: string | undefined) => void
}

/** Milliseconds from the first answer to a probe until every node sends reviews here, as the chart's minReadySeconds has it. */
const settling = 5000

/**
 * Milliseconds before a Pod began to wait, within which a verdict still counts: Pods of one image come together, and
 * one check serves them all.
 */
const recently = 10_000

/** Mends Pods that wait for their images, while this replica leads and for as long as it runs. */
export function startPodRepair(options: PodRepairOptions): Pick<Repair, 'lookAgain' | 'end'> {
  const { api, config, configuration, leadership, keeper, admission, log, fault } = options
  const deadline = 2 * config.check.total
  let coverage: Coverage | undefined
  let toldOfConditions = false

  const repair = createRepair({
    api: createRepairApi(api, config.namespaces, manager),
    coverage: () => coverage,
    terms: options.terms,
    decide: (pod, since) => decideAnew(admission, pod, deadline, since - recently),
    ...(keeper && { ensurePullSecret: async (namespace: string) => keeper.ensure(namespace) }),
    mayChange: config.repair.enabled,
    isServing: lastingFor(settling, options.isServing),
    perMinute: config.repair.perMinute,
    observer: { outcome: tellOf(options), fault },
    now: steadyNow,
  })

  function configurationChanged(): void {
    const webhooks = configuration.webhooks()
    coverage = webhooks && readCoverage(webhooks)
    repair.lookAgain()
    if (toldOfConditions || !coverage?.hasForeignConditions || !config.repair.enabled) return
    toldOfConditions = true
    log.info(
      'webhook.matchConditions: Pods that wait are mended in place alone, since only the API server can judge these',
    )
  }

  configuration.onChange(configurationChanged)
  configurationChanged()
  leadership.follow((leading) => {
    if (leading) repair.begin()
    else repair.end()
  })
  return repair
}

/** Whether `holds` has been true for so many milliseconds, at each call since then. */
function lastingFor(milliseconds: number, holds: () => boolean): () => boolean {
  let since: number | undefined
  return () => {
    since = holds() ? (since ?? performance.now()) : undefined
    return since !== undefined && performance.now() - since >= milliseconds
  }
}

/** What an Event says that was done. */
const actions: Readonly<Record<RepairResult, string>> = {
  copied: 'CopyPullSecret',
  patched: 'PatchPod',
  replaced: 'DeletePod',
  resumed: 'RestartJob',
  reported: 'Report',
  failed: 'Report',
}

/** A line in the log, an Event on the owner or the Pod, and a count. */
function tellOf({ events, metrics, log }: PodRepairOptions): (outcome: RepairOutcome) => void {
  return ({ result, reason, note, pod: { namespace, name, uid }, owner }) => {
    metrics.repair(result)
    log.info({ namespace, pod: name, ...(owner && { owner: `${owner.kind}/${owner.name}` }), result, note }, 'repair')
    const regarding = owner ?? { apiVersion: 'v1', kind: 'Pod', name, uid }
    const type = reason === 'ImageRepaired' ? 'Normal' : 'Warning'
    events.record({ namespace, regarding, type, reason, note, action: actions[result] })
  }
}
