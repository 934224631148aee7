import { readServing, renewed, trustedBy, type Serving } from '../certificates/serving.ts'
import type { V1Secret } from '@kubernetes/client-node'
import { readCertificate, type CertificateSource } from '../certificates/source.ts'
import { ApiError, hasStatus } from '../kubernetes/apiError.ts'
import { createBackoff } from '../kubernetes/backoff.ts'
import type { Api } from '../kubernetes/api.ts'
import { hasOwnMarks, isOurs, ownMarks, type Owner } from './ownership.ts'
import { secretData, secretsNamed, secretText } from './secrets.ts'
import { watchObjects, type ObjectWatch } from '../kubernetes/watch.ts'
import type { WebhookConfiguration } from './webhookConfiguration.ts'

export interface ClusterCertificatesOptions {
  readonly api: Api
  readonly namespace: string
  /** The name of the Secret that the replicas share. */
  readonly secret: string
  /** DNS names and IP addresses that the certificate is for. */
  readonly hosts: readonly string[]
  /** Whose caBundle is kept; undefined where nobody needs to be told. */
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
  const urgent = api.with({ urgent: true })
  const backoff = createBackoff(500)
  let watch: ObjectWatch | undefined
  let timer: NodeJS.Timeout | undefined
  let retry: NodeJS.Timeout | undefined
  let stopped = false

  let listed = false
  /** The Secret as the watch has it. */
  let stored: V1Secret | undefined
  /** The last good one: it outlives a Secret that someone deletes or spoils. */
  let known: Serving | undefined
  let served = ''

  /** Brings the Secret up to date. @returns what it holds, or why it is not ours to write */
  async function settle(): Promise<Serving | string> {
    for (let present = stored; ; present = await reread()) {
      if (present !== undefined && !isOurs(present, configuration?.name)) {
        return `the Secret ${namespace}/${secret} is not the webhook's own: delete it, or set server.tls.secret to another name`
      }
      const current = present === undefined ? undefined : readSecret(present)
      const next = await renewed(current ?? known, hosts, now())
      const owner = configuration?.owner()
      const kept = next === current && present !== undefined && hasOwnMarks(present, owner)
      if (kept || configuration?.state() === 'deleted') return next
      try {
        await write(next, present, owner)
        observer?.stored?.()
        return next
      } catch (error) {
        // Another replica was faster: what it wrote counts.
        if (!hasStatus(error, 404, 409)) throw error
      }
    }
  }

  /** Succeeds only where the Secret still is as it was `present`. */
  function write(next: Serving, present: V1Secret | undefined, owner: Owner | undefined): Promise<V1Secret> {
    const metadata = { ...ownMarks(owner), name: secret, namespace }
    const data = secretData({
      'tls.crt': next.serving.cert,
      'tls.key': next.serving.key,
      'ca.crt': trustedBy(next),
      'ca.key': next.authority.key,
    })
    const body = { type: 'kubernetes.io/tls', metadata, data }
    if (present === undefined) return api.core.createNamespacedSecret({ namespace, body }, urgent)
    const { resourceVersion = '' } = present.metadata ?? {}
    const replacement = { ...body, metadata: { ...metadata, resourceVersion } }
    return api.core.replaceNamespacedSecret({ name: secret, namespace, body: replacement }, urgent)
  }

  async function reread(): Promise<V1Secret | undefined> {
    try {
      return await api.core.readNamespacedSecret({ name: secret, namespace }, urgent)
    } catch (error) {
      if (hasStatus(error, 404)) return undefined
      throw error
    }
  }

  return {
    start({ use, fault }) {
      let due = false
      let round = Promise.resolve()

      /** One round at a time, and one more for all that changed meanwhile. */
      function reconcile(): void {
        if (due) return
        due = true
        round = round.then(async () => {
          due = false
          if (!stopped) await tryPass()
        })
      }

      async function tryPass(): Promise<void> {
        try {
          await pass()
        } catch (error) {
          if (!(error instanceof ApiError)) throw error
          fault(`the certificate of the Secret ${namespace}/${secret}: ${error.message}`)
          clearTimeout(retry)
          retry = setTimeout(reconcile, backoff.next()).unref()
        }
      }

      async function pass(): Promise<void> {
        if (!listed || configuration?.state() === 'unknown') return
        const next = await settle()
        if (typeof next === 'string') {
          fault(next)
          return
        }
        known = next
        if (await configuration?.trust(trustedBy(next))) observer?.trusted?.()
        backoff.reset()
        if (next.serving.cert === served) return
        const certificate = readCertificate(next.serving.cert, next.serving.key)
        if (typeof certificate === 'string') {
          fault(`the Secret ${namespace}/${secret}: ${certificate}`)
          return
        }
        served = next.serving.cert
        use(certificate)
      }

      watch = watchObjects(api, secretsNamed(api, secret, namespace), {
        relisting: () => {
          stored = undefined
        },
        seen: (object) => {
          stored = object
          reconcile()
        },
        gone: () => {
          stored = undefined
          reconcile()
        },
        listed: () => {
          listed = true
          reconcile()
        },
        fault: (sentence) => {
          if (sentence !== undefined) fault(`the Secret ${namespace}/${secret}: ${sentence}`)
        },
      })
      configuration?.onChange(reconcile)
      timer = setInterval(reconcile, interval).unref()
      return Promise.resolve()
    },
    stop: () => {
      stopped = true
      watch?.stop()
      clearInterval(timer)
      clearTimeout(retry)
    },
  }
}

function readSecret(secret: V1Secret): Serving | undefined {
  return readServing({
    cert: secretText(secret, 'tls.crt'),
    key: secretText(secret, 'tls.key'),
    authorities: secretText(secret, 'ca.crt'),
    authorityKey: secretText(secret, 'ca.key'),
  })
}
