import { createAdmission } from './admission/admission.ts'
import { createHandler } from './admission/handler.ts'
import { assemble } from './assembly.ts'
import type { Config } from './config/config.ts'
import { parseDuration } from './config/duration.ts'
import { certificateFiles, type CertificateSource } from './server/certificate.ts'
import { drain } from './server/drain.ts'
import { createListener, createSecureListener } from './server/listener.ts'
import { createStatus } from './server/status.ts'
import { createWebhook } from './server/webhook.ts'
import type { Logger } from './telemetry/log.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { observeAdmissions, observeRegistries } from './telemetry/observe.ts'

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
export async function startApp(config: Config, { log, environment, version }: AppOptions): Promise<App> {
  const metrics = createMetrics({ version })
  let draining = false
  let lastRequest = -Infinity
  let certificateFault: string | undefined = 'no certificate yet'

  const assembly = await assemble(config, {
    environment,
    observer: observeRegistries(log, metrics),
    onLicense: ({ license, fault }) => {
      if (fault !== undefined) log.error({ fault }, 'the license cannot be used')
      else if (license === undefined) log.warn('no license: images are rewritten without asking the proxy first')
      else log.info({ fingerprint: license.fingerprint }, 'license')
    },
  })
  metrics.observeCache(() => assembly.lookup.stats())

  const admission = createAdmission({ ruling: assembly.ruling, verdicts: assembly.lookup, mode: config.policy.mode })
  const handle = createHandler({
    admission,
    deadline: config.check.deadline,
    observer: observeAdmissions(log, metrics),
  })
  const webhook = createSecureListener(
    createWebhook({
      mutate: (body, timeout, received) => {
        lastRequest = received
        return handle(body, timeout === undefined ? undefined : parseDuration(timeout), received)
      },
      draining: () => draining,
    }),
  )
  const status = createListener(
    createStatus({
      live: [{ name: 'process', fault: () => undefined }],
      ready: [
        { name: 'certificate', fault: () => certificateFault },
        { name: 'license', fault: assembly.licenseFault },
        { name: 'serving', fault: () => (draining ? 'draining' : undefined) },
      ],
      metrics,
    }),
  )

  const certificates = certificateSource(config)
  await certificates.start({
    use: (certificate) => {
      webhook.use(certificate)
      certificateFault = undefined
      metrics.certificateExpiry(certificate.expires / 1000)
      log.info({ expires: new Date(certificate.expires).toISOString() }, 'serving certificate')
    },
    fault: (sentence) => {
      log.error({ fault: sentence }, 'the certificate cannot be used')
    },
  })
  const port = await webhook.listen(config.server.port)
  const metricsPort = await status.listen(config.metrics.port)
  log.info({ port, metricsPort, version }, 'listening')

  return {
    port,
    metricsPort,
    stop: async () => {
      draining = true
      log.info('draining')
      await drain(webhook, () => lastRequest)
      certificates.stop()
      await assembly.close()
      await status.close(0)
      log.info('stopped')
    },
  }
}

function certificateSource({ server: { tls } }: Config): CertificateSource {
  if (tls.certFile === undefined || tls.keyFile === undefined) {
    throw new Error('server.tls: certFile and keyFile are needed')
  }
  return certificateFiles(tls.certFile, tls.keyFile)
}
