import type { V1Secret } from '@kubernetes/client-node'
import { readServing, renewed, trustedBy, type Serving } from '../certificates/serving.ts'
import { hasStatus } from '../kubernetes/apiError.ts'
import type { Api } from '../kubernetes/api.ts'
import { hasOwnMarks, isOurs, ownMarks } from './ownership.ts'
import { secretData, secretText } from './secrets.ts'
import type { WebhookConfiguration } from './webhookConfiguration.ts'

export interface CertificateSecretOptions {
  readonly api: Api
  readonly namespace: string
  readonly name: string
  /** DNS names and IP addresses that the certificate is for. */
  readonly hosts: readonly string[]
  /** The Secret's owner. */
  readonly configuration: WebhookConfiguration | undefined
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** The Secret was made, renewed or restored by this replica. */
  readonly onStored: (() => void) | undefined
}

/** The Secret in which the replicas keep their common certificate and its authority. */
export interface CertificateSecret {
  /**
   * Creates, renews or restores the Secret where that is due.
   * @param stored the Secret as it was last seen; undefined where there is none
   * @param known what it held when it was last in order, from which it is restored after someone deletes or damages it
   * @returns what it holds now, or why the webhook must not write it
   * @throws ApiError, and any error of signing with an authority's key that somebody else put into the Secret
   */
  settle(stored: V1Secret | undefined, known: Serving | undefined): Promise<Serving | { readonly fault: string }>
}

/** How often a write is tried again after another replica was faster. */
const attempts = 5

/** The Secret of this name; nothing is asked before `settle` is called. */
export function openCertificateSecret(options: CertificateSecretOptions): CertificateSecret {
  const { api, namespace, name, hosts, configuration, now, onStored } = options
  const urgent = api.with({ urgent: true })

  /** Succeeds only where the Secret still is as it was `present`. */
  function write(next: Serving, present: V1Secret | undefined): Promise<V1Secret> {
    const metadata = { ...ownMarks(configuration?.owner()), name, namespace }
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
    return api.core.replaceNamespacedSecret({ name, namespace, body: replacement }, urgent)
  }

  async function reread(): Promise<V1Secret | undefined> {
    try {
      return await api.core.readNamespacedSecret({ name, namespace }, urgent)
    } catch (error) {
      if (hasStatus(error, 404)) return undefined
      throw error
    }
  }

  return {
    async settle(stored, known) {
      let present = stored
      for (let left = attempts; ;) {
        if (present !== undefined && !isOurs(present, configuration?.name)) {
          return {
            fault: `the Secret ${namespace}/${name} is not the webhook's own: delete it, or set server.tls.secret to another name`,
          }
        }
        const current = present === undefined ? undefined : readCertificateSecret(present)
        const next = await renewed(current ?? known, hosts, now())
        const isKept = next === current && present !== undefined && hasOwnMarks(present, configuration?.owner())
        if (isKept || configuration?.state() === 'deleted') return next
        try {
          await write(next, present)
          onStored?.()
          return next
        } catch (error) {
          // Another replica was faster: what it wrote counts. A creation is told 404 where the namespace does not exist.
          const isRace = hasStatus(error, 409) || (present !== undefined && hasStatus(error, 404))
          if (!isRace || --left === 0) throw error
          present = await reread()
        }
      }
    },
  }
}

/** The certificate and the authority in a Secret; undefined where a part is missing or does not belong to the others. */
export function readCertificateSecret(secret: V1Secret): Serving | undefined {
  return readServing({
    cert: secretText(secret, 'tls.crt'),
    key: secretText(secret, 'tls.key'),
    authorities: secretText(secret, 'ca.crt'),
    authorityKey: secretText(secret, 'ca.key'),
  })
}
