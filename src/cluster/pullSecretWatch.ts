import type { Api } from '../kubernetes/api.ts'
import type { ConditionReporter } from '../kubernetes/conditionReporter.ts'
import { watchObjects, type ObjectWatch } from '../kubernetes/watch.ts'
import type { PullSecretCopies } from './pullSecretCopies.ts'
import { secretsNamed } from './secrets.ts'

export interface PullSecretWatchOptions {
  readonly api: Api
  /** The namespaces whose copies are followed; `*` for all there are. */
  readonly namespaces: readonly string[]
  /** What is kept up to date with what the API server tells. */
  readonly copies: PullSecretCopies
  readonly conditions: ConditionReporter
  /** The copy of this namespace may have changed. */
  readonly onChange: (namespace: string) => void
}

/** Follows the Secrets that have the copies' name. */
export interface PullSecretWatch {
  /** Starts over where the name is another one than before; undefined follows nothing. */
  follow(name: string | undefined): void
  follows(namespace: string): boolean
  /** Whether every Secret of that name in this namespace has been seen: one that is not known is not there. */
  isListed(namespace: string): boolean
  /** Whether all there is to see has been seen since the last call of `relist`. */
  isComplete(): boolean
  relist(): void
  stop(): void
}

export function createPullSecretWatch(options: PullSecretWatchOptions): PullSecretWatch {
  const { api, namespaces, copies, conditions, onChange } = options
  const everywhere = namespaces.includes('*')
  let watches: ObjectWatch[] = []
  /** Namespaces, or `*`, of which all there is has been seen. */
  let listed = new Set<string>()
  let relisted = new Set<string>()
  let followed: string | undefined

  const follows = (namespace: string): boolean => everywhere || namespaces.includes(namespace)

  /** @param namespace undefined for all of them */
  function open(name: string, namespace: string | undefined): ObjectWatch {
    let unseen = new Set<string>()
    return watchObjects(api, secretsNamed(api, name, namespace), {
      relisting: () => {
        unseen = new Set(namespace === undefined ? copies.namespaces() : [namespace])
      },
      seen: (secret) => {
        const { namespace: of = '' } = secret.metadata ?? {}
        unseen.delete(of)
        copies.remember(of, secret)
        onChange(of)
      },
      gone: ({ metadata }) => {
        lose(metadata?.namespace ?? '', metadata?.resourceVersion ?? '')
      },
      listed: (version) => {
        listed.add(namespace ?? '*')
        relisted.add(namespace ?? '*')
        for (const namespace of unseen) lose(namespace, version)
      },
      fault: (sentence) => {
        conditions.set(`pull secrets in ${namespace ?? 'all namespaces'}`, sentence)
      },
    })
  }

  function lose(namespace: string, version: string): void {
    copies.lose(namespace, version)
    onChange(namespace)
  }

  function stop(): void {
    for (const watch of watches) watch.stop()
  }

  return {
    follow: (name) => {
      if (name === followed) return
      stop()
      copies.clear()
      listed = new Set()
      relisted = new Set()
      followed = name
      if (name === undefined) watches = []
      else watches = everywhere ? [open(name, undefined)] : namespaces.map((namespace) => open(name, namespace))
    },
    follows,
    isListed: (namespace) => follows(namespace) && listed.has(everywhere ? '*' : namespace),
    isComplete: () => watches.length > 0 && relisted.size === watches.length,
    relist: () => {
      relisted = new Set()
      for (const watch of watches) watch.relist()
    },
    stop,
  }
}
