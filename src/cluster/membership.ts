import { hostname } from 'node:os'
import type { CertificateSource } from '../certificates/source.ts'
import type { Config } from '../config/config.ts'
import type { Api } from '../kubernetes/api.ts'
import { createConditionReporter, type ConditionReporter } from '../kubernetes/conditionReporter.ts'
import type { LicenseSource } from '../license/source.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { createEventRecorder, type EventRecorder } from './events.ts'
import { createLeadership, type Leadership } from './leadership.ts'
import { watchLicenseSecret } from './licenseSecret.ts'
import { ownMarks } from './ownership.ts'
import { startPodRepair, type PodRepairNeeds } from './podRepair.ts'
import { createPullSecretKeeper, type PullSecretKeeper, type PullSecretKeeperOptions } from './pullSecrets.ts'
import { watchWebhookConfiguration, type WebhookConfiguration } from './webhookConfiguration.ts'

/** What the webhook does in the cluster that it runs in, or that KUBECONFIG names. */
export interface Cluster {
  /** The license in the Secret that the configuration names, if it names one. */
  readonly licenseSource: LicenseSource | undefined
  /** The certificate that the replicas share, if the configuration names a Secret for it. */
  readonly certificates: CertificateSource | undefined
  /** Keeps the copies of the pull secret, if the configuration asks for them. */
  provision(what: Pick<PullSecretKeeperOptions, 'license' | 'name'>): PullSecretKeeper | undefined
  /**
   * Mends Pods that wait for their images, as far as the configuration asks for it. @returns what to call when the
   * license or the slug is another one
   */
  repair(what: PodRepairNeeds): (() => void) | undefined
  stop(): Promise<void>
}

export interface ClusterOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log: Logger
  readonly metrics: Metrics
}

/** Namespaces that `*` does not include. */
const systemNamespaces = ['kube-system', 'kube-public', 'kube-node-lease']

/** What the parts of the webhook that work in a cluster have in common. */
interface Membership extends ClusterOptions {
  readonly api: Api
  readonly config: Config
  /** The release's namespace. */
  readonly namespace: string
  readonly configuration: WebhookConfiguration | undefined
  readonly conditions: ConditionReporter
  readonly leadership: Leadership
  readonly events: EventRecorder
}

/** Starts what `config` asks for in the cluster that `api` leads to. */
export async function takePart(api: Api, config: Config, options: ClusterOptions): Promise<Cluster> {
  const conditions = createConditionReporter(tellConditions(options.log))
  const configuration = followConfiguration(api, config, conditions)
  const namespace = config.kubernetes.namespace ?? api.namespace
  const parts = { ...options, api, config, namespace, configuration, conditions, identity: identityIn(options) }
  const membership: Membership = { ...parts, leadership: leadershipOf(parts), events: eventsOf(parts) }
  const stops: (() => unknown)[] = [
    () => {
      api.close()
    },
    () => configuration?.stop(),
    membership.leadership.stop,
  ]
  return {
    licenseSource: licenseSourceOf(membership),
    certificates: await certificatesOf(membership),
    provision: (what) => {
      if (!config.pullSecret.provision) return undefined
      const keeper = provision(membership, what)
      stops.push(keeper.stop)
      return keeper
    },
    repair: (what) => {
      const { policy, pullSecret, repair } = config
      // In audit mode nothing is written into the cluster.
      if (!(pullSecret.provision || repair.enabled) || policy.mode === 'audit' || configuration === undefined)
        return undefined
      const started = startPodRepair({ ...membership, ...what, configuration, fault: conditions.set })
      stops.push(started.end)
      return started.lookAgain
    },
    stop: async () => {
      for (const stop of stops.reverse()) await stop()
    },
  }
}

function followConfiguration(
  api: Api,
  { kubernetes: { webhookConfiguration: name } }: Config,
  conditions: ConditionReporter,
): WebhookConfiguration | undefined {
  if (name === undefined) return undefined
  return watchWebhookConfiguration({
    api,
    name,
    onFault: (fault) => {
      conditions.set('the MutatingWebhookConfiguration', fault)
    },
  })
}

function licenseSourceOf({ api, namespace, config }: Membership): LicenseSource | undefined {
  const { secret: name } = config.license
  if (name === undefined) return undefined
  return (hosts, listener) => Promise.resolve(watchLicenseSecret({ api, namespace, name, hosts, listener }))
}

async function certificatesOf(membership: Membership): Promise<CertificateSource | undefined> {
  const { api, namespace, configuration, log, config } = membership
  const { mode, secret, hosts } = config.server.tls
  if (mode !== 'self' || secret === undefined) return undefined
  // What makes certificates takes as long to load as the rest of the webhook.
  const { clusterCertificates } = await import('./certificates.ts')
  return clusterCertificates({
    api,
    namespace,
    secret,
    hosts,
    ...(configuration && { configuration }),
    observer: {
      trusted: () => {
        log.info('the caBundle of the MutatingWebhookConfiguration was brought up to date')
      },
      stored: () => {
        log.info({ namespace, secret }, 'the certificate was stored')
      },
    },
  })
}

type Parts = Omit<Membership, 'leadership' | 'events'> & { readonly identity: string }

/** This replica, for instance the name of its Pod. */
function identityIn({ environment }: ClusterOptions): string {
  return environment['HOSTNAME'] ?? hostname()
}

function leadershipOf({ api, namespace, configuration, identity, log, conditions }: Parts): Leadership {
  return createLeadership({
    api,
    namespace,
    name: configuration?.name ?? 'image-proxy-webhook',
    identity,
    marks: () => ownMarks(configuration?.owner()),
    candidate: () => configuration?.state() !== 'deleted',
    onChange: (leading) => {
      log.info({ leading }, 'leadership')
    },
    onFault: (fault) => {
      conditions.set('the Lease', fault)
    },
  })
}

function eventsOf({ api, identity, conditions }: Parts): EventRecorder {
  return createEventRecorder({
    api,
    identity,
    onFault: (fault) => {
      conditions.set('an Event', fault)
    },
  })
}

function provision(membership: Membership, what: Parameters<Cluster['provision']>[0]): PullSecretKeeper {
  const { api, configuration, log, metrics, conditions, config, leadership, events } = membership
  const keeper = createPullSecretKeeper({
    api,
    ...what,
    ...(configuration && { configuration }),
    namespaces: config.namespaces,
    excluded: config.namespaces.includes('*') ? [...systemNamespaces, ...config.excludedNamespaces] : [],
    leading: leadership.leading,
    events,
    observer: {
      wrote: (namespace, result) => {
        metrics.pullSecretWrite(result)
        log.info({ namespace, result }, 'pull secret')
      },
      left: metrics.pullSecretWrite,
      fault: conditions.set,
    },
  })
  leadership.follow(keeper.leadershipChanged)
  keeper.start()
  return keeper
}

/** Logs a fault once when it begins, and once more when it is over. */
function tellConditions(log: Logger): (subject: string, fault: string | undefined) => void {
  return (subject, fault) => {
    if (fault === undefined) log.info({ subject }, 'the cluster answers again')
    else log.warn({ subject, fault }, 'the cluster could not be asked')
  }
}
