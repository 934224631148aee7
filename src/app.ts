import { createAdmission, type Admission } from './admission/admission.ts'
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
import { createListener, createSecureListener, type Listener, type SecureListener } from './server/listener.ts'
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

/** How the webhook stands, for its health, its repairs and its end. */
interface Standing {
  /** Why there is no certificate to serve with; undefined once there is one. */
  certificateFault: string | undefined
  isListening: boolean
  isDraining: boolean
  /** The `performance.now()` at which the last review came. */
  lastRequest: number
}

/** What the steps of a start have in common. */
interface Parts extends ClusterOptions {
  readonly standing: Standing
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

async function start(config: Config, options: AppOptions, started: AsyncDisposableStack): Promise<App> {
  const { log, environment, version } = options
  for (const sentence of unknownVariables(environment)) log.warn(sentence)
  const metrics = createMetrics({ version })
  const standing: Standing = {
    certificateFault: 'no certificate yet',
    isListening: false,
    isDraining: false,
    lastRequest: -Infinity,
  }
  const parts: Parts = { log, environment, metrics, standing }

  const cluster = await clusterOf(config, parts)
  started.defer(() => cluster?.stop())
  const { assembly, admission } = await startDeciding(config, cluster, parts, started)
  const webhook = createWebhookListener(config, admission, parts)
  const status = createStatusListener(assembly, parts)

  const certificates = cluster?.certificates ?? (await certificateSource(config))
  started.defer(() => {
    certificates.stop()
  })
  await certificates.start(servedBy(webhook, parts))

  const metricsPort = await status.listen(config.metrics.port)
  started.defer(() => status.close(0))
  const port = await webhook.listen(config.server.port)
  standing.isListening = true
  started.defer(() => drain(webhook, () => standing.lastRequest))
  log.info({ port, metricsPort, version }, 'listening')
  return {
    port,
    metricsPort,
    stop: async () => {
      standing.isDraining = true
      log.info('draining')
      await started.disposeAsync()
      log.info('stopped')
    },
  }
}

/** Starts what reviews are decided by, and what is done in the cluster for the Pods that they are about. */
async function startDeciding(
  config: Config,
  cluster: Cluster | undefined,
  { log, environment, metrics, standing }: Parts,
  started: AsyncDisposableStack,
): Promise<{ assembly: Assembly; admission: Admission }> {
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
  kept.lookAgain = cluster?.repair({
    keeper,
    admission,
    terms: () => termsOf(assembly),
    isServing: () => standing.isListening && !standing.isDraining && standing.certificateFault === undefined,
  })
  return { assembly, admission }
}

function createWebhookListener(
  { check, server }: Config,
  admission: Admission,
  { log, metrics, standing }: Parts,
): SecureListener {
  const handle = createHandler({ admission, deadline: check.deadline, observer: observeAdmissions(log, metrics) })
  const millisecondsOf = memoize(parseDuration)
  const webhook = createWebhook({
    mutate: (body, timeout, received) => {
      standing.lastRequest = received
      return handle(body, timeout === undefined ? undefined : millisecondsOf(timeout), received)
    },
    draining: () => standing.isDraining,
  })
  return createSecureListener(webhook, {
    minVersion: server.tls.minVersion,
    handshakeFailed: metrics.handshakeFailed,
  })
}

function createStatusListener(assembly: Assembly, { metrics, standing }: Parts): Listener {
  const status = createStatus({
    live: [{ name: 'process', fault: () => undefined }],
    ready: [
      { name: 'certificate', fault: () => standing.certificateFault },
      { name: 'license', fault: assembly.licenseFault, warning: assembly.licenseWarning },
      { name: 'serving', fault: () => (standing.isDraining ? 'draining' : undefined) },
    ],
    metrics,
  })
  return createListener(status)
}

/** Has the listener serve with each certificate that there is. */
function servedBy(
  webhook: SecureListener,
  { log, metrics, standing }: Parts,
): Parameters<CertificateSource['start']>[0] {
  return {
    use: (certificate) => {
      webhook.use(certificate)
      standing.certificateFault = undefined
      metrics.certificateExpiry(certificate.expires / 1000)
      log.info({ expires: new Date(certificate.expires).toISOString() }, 'serving certificate')
    },
    fault: (sentence) => {
      // A later pair that is broken leaves the one before it in use.
      standing.certificateFault &&= sentence
      log.error({ fault: sentence }, 'the certificate cannot be used')
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
