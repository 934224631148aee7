import type { V1Secret } from '@kubernetes/client-node'
import { trustedBy, validity, type Serving } from '../certificates/serving.ts'
import { readCertificate, type CertificateSource } from '../certificates/source.ts'
import type { Api } from '../kubernetes/api.ts'
import { faultOf } from '../kubernetes/faultOf.ts'
import { createQueue } from '../kubernetes/queue.ts'
import { watchObjects, type ObjectWatch } from '../kubernetes/watch.ts'
import { openCertificateSecret, readCertificateSecret } from './certificateSecret.ts'
import { secretsNamed } from './secrets.ts'
import type { WebhookConfiguration } from './webhookConfiguration.ts'

export interface ClusterCertificatesOptions {
  readonly api: Api
  readonly namespace: string
  /** The name of the Secret that the replicas share. */
  readonly secret: string
  /** DNS names and IP addresses that the certificate is for. */
  readonly hosts: readonly string[]
  /** The configuration whose caBundle is kept up to date; undefined where somebody else does that. */
  readonly configuration?: WebhookConfiguration
  readonly now?: () => number
  /** Milliseconds between looks at whether a renewal is due. */
  readonly interval?: number
  readonly observer?: {
    /** The caBundle lacked our authorities, and has them again. */
    trusted?(): void
    /** The Secret was made, renewed or restored by this replica. */
    stored?(): void
  }
}

/**
 * A certificate authority and a serving certificate that the webhook makes itself and keeps in a Secret, so that all
 * replicas serve with the same ones. The API server is told of an authority before anything that it signed is served.
 */
export function clusterCertificates(options: ClusterCertificatesOptions): CertificateSource {
  const { api, namespace, secret, hosts, configuration, now = Date.now, interval = 60_000, observer } = options
  const subject = `the Secret ${namespace}/${secret}`
  const shared = openCertificateSecret({
    api,
    namespace,
    name: secret,
    hosts,
    configuration,
    now,
    onStored: observer?.stored,
  })
  let stop = (): void => undefined

  return {
    start(on) {
      /** Whether the first list has come: before that, a Secret that was not seen may exist all the same. */
      let listed = false
      /** The Secret as the watch has it. */
      let stored: V1Secret | undefined
      let known: Serving | undefined
      const serve = createServer(on, subject)

      /** @returns whether nothing is left to do: it comes again otherwise, and after each change */
      async function reconcile(): Promise<boolean> {
        if (!listed || configuration?.state() === 'unknown') return true
        const next = await settled()
        if ('fault' in next) {
          on.fault(next.fault)
          return true
        }
        known = next
        if (await configuration?.trust(trustedBy(next))) observer?.trusted?.()
        serve(next)
        return true
      }

      async function settled(): ReturnType<typeof shared.settle> {
        try {
          return await shared.settle(stored, known)
        } catch (error) {
          // A certificate that cannot be renewed at this moment is served until it expires.
          const current = stored && readCertificateSecret(stored)
          if (current !== undefined && validity(current.serving.cert).until > now()) serve(current)
          throw error
        }
      }

      const queue = createQueue({
        work: reconcile,
        concurrency: 1,
        onError: (_key, error) => {
          on.fault(`the certificate of ${subject}: ${faultOf(error)}`)
        },
      })
      const look = (): void => {
        queue.add(secret)
      }
      const watch = follow({
        relisting: () => {
          stored = undefined
        },
        seen: (object) => {
          stored = object
          look()
        },
        gone: () => {
          stored = undefined
          look()
        },
        listed: () => {
          listed = true
          look()
        },
        fault: (sentence) => {
          if (sentence !== undefined) on.fault(`${subject}: ${sentence}`)
        },
      })
      configuration?.onChange(look)
      const timer = setInterval(look, interval).unref()
      stop = () => {
        queue.stop()
        watch.stop()
        clearInterval(timer)
      }
      return Promise.resolve()
    },
    stop: () => {
      stop()
    },
  }

  function follow(listener: Parameters<typeof watchObjects<V1Secret>>[2]): ObjectWatch {
    return watchObjects(api, secretsNamed(api, secret, namespace), listener)
  }
}

/** Passes each certificate on to the server once, however often it is read. */
function createServer(
  { use, fault }: Parameters<CertificateSource['start']>[0],
  subject: string,
): (next: Serving) => void {
  let served = ''
  return ({ serving: { cert, key } }) => {
    if (cert === served) return
    const certificate = readCertificate(cert, key)
    if ('fault' in certificate) {
      fault(`${subject}: ${certificate.fault}`)
      return
    }
    served = cert
    use(certificate)
  }
}
