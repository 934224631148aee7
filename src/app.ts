import { createAdmission } from './admission/admission.ts'
import { createHandler } from './admission/handler.ts'
import { assemble, type Assembly } from './assembly.ts'
import type { LicenseSource } from './license/source.ts'
import { joinCluster } from './cluster/join.ts'
import type { Cluster, ClusterOptions } from './cluster/membership.ts'
import type { Config } from './config/config.ts'
import { parseDuration } from './config/duration.ts'
import { unknownVariables } from './config/environment.ts'
import type { PullSecretKeeper } from './cluster/pullSecrets.ts'
import { certificateFiles } from './certificates/files.ts'
import type { CertificateSource } from './certificates/source.ts'
import { memoize } from './memoize.ts'
import { drain } from './server/drain.ts'
import { createListener, createSecureListener } from './server/listener.ts'
import { createStatus } from './server/status.ts'
import { createWebhook } from './server/webhook.ts'
import type { Logger } from './telemetry/log.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { observeAdmissions, observeLicense, observeRegistries } from './telemetry/observe.ts'

// Here as well, so that a start finds all that it runs on in one file of the bundle.
export { createLogger } from './telemetry/log.ts'

/** The running webhook. */
export interface App {
  /** The ports it listens on. */
  readonly port: number
  readonly metricsPort: number
  /** Answers what is under way, and ends. */
  stop(): Promise<void>
}

export interface AppOptions {
  readonly log: Logger
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly version: string
}

/** Builds the webhook from `config` and starts it. @throws where a port is taken or a file cannot be read */
export async function startApp(config: Config, options: AppOptions): Promise<App> {
  const started = new AsyncDisposableStack()
  try {
    return await start(config, options, started)
  } catch (error) {
    // What runs already would keep a process alive that serves nothing.
    await started.disposeAsync()
    throw error
  }
}

async function start(
  config: Config,
  { log, environment, version }: AppOptions,
  started: AsyncDisposableStack,
): Promise<App> {
  for (const sentence of unknownVariables(environment)) log.warn(sentence)
  const metrics = createMetrics({ version })
  let draining = false
  let lastRequest = -Infinity
  let certificateFault: string | undefined = 'no certificate yet'

  const cluster = await clusterOf(config, { environment, log, metrics })
  started.defer(() => cluster?.stop())
  const kept: { keeper?: PullSecretKeeper | undefined; lookAgain?: (() => void) | undefined } = {}
  const tellLicense = observeLicense(log, metrics)
  const assembly = await assemble(config, {
    environment,
    observer: observeRegistries(log, metrics),
    onProxyFault: (fault) => {
      log.warn({ fault }, 'what needs the proxy of the environment is not asked, and unknown')
    },
    ...licenseSourceOf(config, cluster),
    onLicense: (state, ruling, warning) => {
      kept.keeper?.licenseChanged()
      kept.lookAgain?.()
      tellLicense(state, ruling !== undefined, warning)
    },
  })
  started.defer(() => assembly.close())
  metrics.observeCache(() => assembly.registryVerdicts.stats())

  const keeper = cluster?.provision({ license: assembly.license, name: () => assembly.ruling()?.pullSecret })
  kept.keeper = keeper

  const admission = createAdmission({
    ruling: assembly.ruling,
    verdicts: assembly.registryVerdicts,
    mode: config.policy.mode,
    rules: config.policy.rules,
    ...(keeper && { ensurePullSecret: keeper.ensure }),
  })
  let isListening = false
  kept.lookAgain = cluster?.repair({
    keeper,
    admission,
    terms: () => termsOf(assembly),
    isServing: () => isListening && !draining && certificateFault === undefined,
  })
  const handle = createHandler({
    admission,
    deadline: config.check.deadline,
    observer: observeAdmissions(log, metrics),
  })
  const millisecondsOf = memoize(parseDuration)
  const webhook = createSecureListener(
    createWebhook({
      mutate: (body, timeout, received) => {
        lastRequest = received
        return handle(body, timeout === undefined ? undefined : millisecondsOf(timeout), received)
      },
      draining: () => draining,
    }),
    { minVersion: config.server.tls.minVersion, handshakeFailed: metrics.handshakeFailed },
  )
  const status = createListener(
    createStatus({
      live: [{ name: 'process', fault: () => undefined }],
      ready: [
        { name: 'certificate', fault: () => certificateFault },
        { name: 'license', fault: assembly.licenseFault, warning: assembly.licenseWarning },
        { name: 'serving', fault: () => (draining ? 'draining' : undefined) },
      ],
      metrics,
    }),
  )

  const certificates = cluster?.certificates ?? (await certificateSource(config))
  started.defer(() => {
    certificates.stop()
  })
  await certificates.start({
    use: (certificate) => {
      webhook.use(certificate)
      certificateFault = undefined
      metrics.certificateExpiry(certificate.expires / 1000)
      log.info({ expires: new Date(certificate.expires).toISOString() }, 'serving certificate')
    },
    fault: (sentence) => {
      // A later pair that is broken leaves the one before it in use.
      certificateFault &&= sentence
      log.error({ fault: sentence }, 'the certificate cannot be used')
    },
  })

  const metricsPort = await status.listen(config.metrics.port)
  started.defer(() => status.close(0))
  const port = await webhook.listen(config.server.port)
  isListening = true
  started.defer(() => drain(webhook, () => lastRequest))
  log.info({ port, metricsPort, version }, 'listening')
  return {
    port,
    metricsPort,
    stop: async () => {
      draining = true
      log.info('draining')
      await started.disposeAsync()
      log.info('stopped')
    },
  }
}

/** What a Pod that waits for its image is judged by. */
function termsOf({ ruling, appSlug }: Assembly): { pullSecret: string; appSlug: string } | undefined {
  const [current, slug] = [ruling(), appSlug()]
  return current && slug ? { pullSecret: current.pullSecret, appSlug: slug } : undefined
}

/** The cluster, where there is one and anything is to be done in it. */
async function clusterOf(config: Config, options: ClusterOptions): Promise<Cluster | undefined> {
  const { license, pullSecret, repair, server } = config
  const isNeeded =
    pullSecret.provision || repair.enabled || license.secret !== undefined || server.tls.secret !== undefined
  if (!isNeeded) return undefined
  const cluster = await joinCluster(config, options)
  if (cluster === undefined)
    options.log.info('no cluster (neither a service account nor KUBECONFIG): pull secrets are not provisioned')
  return cluster
}

/** A license that only a cluster knows is a fault where there is none, not a reason to go without. */
function licenseSourceOf({ license }: Config, cluster: Cluster | undefined): { licenseSource?: LicenseSource } {
  if (cluster?.licenseSource !== undefined) return { licenseSource: cluster.licenseSource }
  if (license.secret === undefined) return {}
  const fault = `license.secret: there is no cluster to read the Secret ${license.secret} from`
  return {
    licenseSource: (_hosts, listener) => {
      listener({ fault })
      return Promise.resolve({ stop: () => undefined })
    },
  }
}

async function certificateSource({ server: { tls } }: Config): Promise<CertificateSource> {
  if (tls.certFile !== undefined && tls.keyFile !== undefined) return certificateFiles(tls.certFile, tls.keyFile)
  const { selfSignedCertificate } = await import('./certificates/selfSigned.ts')
  return selfSignedCertificate({ hosts: tls.hosts.length > 0 ? tls.hosts : ['localhost'] })
}
