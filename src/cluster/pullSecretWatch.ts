import type { V1Secret } from '@kubernetes/client-node'
import type { Api } from '../kubernetes/api.ts'
import { secretsNamed } from './secrets.ts'
import { watchObjects, type ObjectWatch } from '../kubernetes/watch.ts'

export interface PullSecretListener {
  /** The namespaces in which a Secret of that name is believed to be. */
  known(): Iterable<string>
  seen(namespace: string, secret: V1Secret): void
  lost(namespace: string): void
  /** All there are have been seen. */
  listed(): void
  fault(sentence: string | undefined): void
}

/**
 * Follows the Secrets of one name, in one namespace or in all (undefined). The API server sends no others, and RBAC need
 * grant no others: a list by the field `metadata.name` is authorized as one of that `resourceNames`.
 */
export function watchPullSecrets(
  api: Api,
  name: string,
  namespace: string | undefined,
  listener: PullSecretListener,
): ObjectWatch {
  let unseen = new Set<string>()
  return watchObjects(api, secretsNamed(api, name, namespace), {
    relisting: () => {
      unseen = new Set(listener.known())
    },
    seen: (secret) => {
      unseen.delete(namespaceOf(secret))
      listener.seen(namespaceOf(secret), secret)
    },
    gone: (secret) => {
      listener.lost(namespaceOf(secret))
    },
    listed: () => {
      listener.listed()
      for (const namespace of unseen) listener.lost(namespace)
    },
    fault: (sentence) => {
      listener.fault(sentence)
    },
  })
}
function namespaceOf({ metadata }: V1Secret): string {
  return metadata?.namespace ?? ''
}
