import { hostname } from 'node:os'
import type { LicenseSource } from '../license/source.ts'
import type { Config } from '../config/config.ts'
import { connect } from '../kubernetes/client.ts'
import { createConditionReporter } from '../kubernetes/conditionReporter.ts'
import { createEventRecorder } from './events.ts'
import { campaign } from '../kubernetes/leader.ts'
import { watchLicenseSecret } from './licenseSecret.ts'
import { createPullSecretKeeper, type PullSecretKeeper, type PullSecretKeeperOptions } from './pullSecrets.ts'
import { watchWebhookConfiguration } from './webhookConfiguration.ts'
import type { CertificateSource } from '../certificates/source.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'

/** Never covered by `*`. */
const systemNamespaces = ['kube-system', 'kube-public', 'kube-node-lease']

/** What the webhook does in the cluster that it runs in, or that KUBECONFIG names. */
export interface Cluster {
  /** The license in the Secret that the configuration names, if it names one. */
  readonly licenseSource: LicenseSource | undefined
  /** The certificate that the replicas share, if the configuration names a Secret for it. */
  readonly certificates: CertificateSource | undefined
  /** Keeps the copies of the pull secret, if the configuration asks for them. */
  provision(what: Pick<PullSecretKeeperOptions, 'license' | 'name'>): PullSecretKeeper | undefined
  stop(): Promise<void>
}

export interface ClusterOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log: Logger
  readonly metrics: Metrics
}

/** Connects to the cluster; undefined where there is none. @throws where what tells of it cannot be used */
export async function joinCluster(
  config: Config,
  { environment, log, metrics }: ClusterOptions,
): Promise<Cluster | undefined> {
  const { requestsPerSecond, namespace: given, webhookConfiguration } = config.kubernetes
  const connected = await connect({ environment, requestsPerSecond })
  if (connected === undefined) return undefined
  const api = connected

  const namespace = given ?? api.namespace
  const identity = environment['HOSTNAME'] ?? hostname()
  const report = createReport(log)
  const configuration =
    webhookConfiguration === undefined
      ? undefined
      : watchWebhookConfiguration({
          api,
          name: webhookConfiguration,
          onFault: (fault) => {
            report('the MutatingWebhookConfiguration', fault)
          },
        })
  const owned = configuration === undefined ? {} : { configuration }
  const stops: (() => unknown)[] = [
    () => {
      api.close()
    },
    () => configuration?.stop(),
  ]

  async function certificatesOf(secret: string): Promise<CertificateSource> {
    // What makes certificates takes as long to load as the rest of the webhook.
    const { clusterCertificates } = await import('./certificates.ts')
    return clusterCertificates({
      api,
      namespace,
      secret,
      hosts,
      ...owned,
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

  const { secret: licenseSecret } = config.license
  const { mode, secret: tlsSecret, hosts } = config.server.tls
  return {
    licenseSource:
      licenseSecret === undefined
        ? undefined
        : (hosts, listener) =>
            Promise.resolve(watchLicenseSecret({ api, namespace, name: licenseSecret, hosts, listener })),
    certificates: mode !== 'self' || tlsSecret === undefined ? undefined : await certificatesOf(tlsSecret),
    provision: (what) => {
      if (!config.pullSecret.provision) return undefined
      const leader = campaign({
        api,
        namespace,
        name: webhookConfiguration ?? 'image-proxy-webhook',
        identity,
        ...owned,
        onChange: (leading) => {
          log.info({ leading }, 'leadership')
          keeper.leadershipChanged()
        },
        onFault: (fault) => {
          report('the Lease', fault)
        },
      })
      const keeper = createPullSecretKeeper({
        api,
        ...what,
        ...owned,
        namespaces: config.namespaces,
        excluded: config.namespaces.includes('*') ? [...systemNamespaces, ...config.excludedNamespaces] : [],
        leading: () => leader.leading(),
        events: createEventRecorder({
          api,
          identity,
          onFault: (fault) => {
            report('an Event', fault)
          },
        }),
        observer: {
          wrote: (namespace, result) => {
            metrics.pullSecretWrite(result)
            log.info({ namespace, result }, 'pull secret')
          },
          left: metrics.pullSecretWrite,
          fault: report,
        },
      })
      keeper.start()
      stops.push(
        () => {
          keeper.stop()
        },
        () => leader.stop(),
      )
      return keeper
    },
    stop: async () => {
      for (const stop of stops.reverse()) await stop()
    },
  }
}

/** Says once what is wrong with something, and once that it is not any more. */
function createReport(log: Logger): (subject: string, fault: string | undefined) => void {
  return createConditionReporter((subject, fault) => {
    if (fault === undefined) log.info({ subject }, 'the cluster answers again')
    else log.warn({ subject, fault }, 'the cluster could not be asked')
  }).set
}
