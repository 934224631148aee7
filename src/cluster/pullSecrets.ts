import type { PullSecretState } from '../admission/admission.ts'
import type { Api } from '../kubernetes/api.ts'
import type { Clock } from '../kubernetes/clock.ts'
import { createConditionReporter } from '../kubernetes/conditionReporter.ts'
import { faultOf } from '../kubernetes/faultOf.ts'
import type { License } from '../license/content.ts'
import type { EventRecorder } from './events.ts'
import type { Owner } from './ownership.ts'
import { createPullSecretCopies } from './pullSecretCopies.ts'
import { createPullSecretRestorer } from './pullSecretRestorer.ts'
import { createPullSecretWatch } from './pullSecretWatch.ts'
import { createPullSecretWriter } from './pullSecretWriter.ts'
import type { WebhookConfiguration } from './webhookConfiguration.ts'

export interface PullSecretKeeperOptions {
  readonly api: Api
  readonly license: () => License | undefined
  /** The copies' name; undefined while nothing tells it. */
  readonly name: () => string | undefined
  /** The namespaces that are looked after; `*` for all of them but `excluded`. */
  readonly namespaces: readonly string[]
  readonly excluded?: readonly string[]
  /** Owner of the copies. */
  readonly configuration?: WebhookConfiguration
  /** Whether this replica restores copies and brings them up to date. */
  readonly leading: () => boolean
  readonly events?: EventRecorder
  readonly observer?: {
    /** Each write, at an admission or afterwards. */
    wrote?(namespace: string, result: 'written' | 'foreign' | 'failed'): void
    /** Each admission that finds no copy, where none is written for it. */
    left?(result: 'foreign' | 'failed'): void
    /** What keeps a copy from being written or watched; undefined when it does not any more. */
    fault?(subject: string, sentence: string | undefined): void
  }
  readonly clock?: Clock
}

export interface PullSecretKeeper {
  /** Finds the copies there are, and follows them from then on. */
  start(): void
  /** Sees to it that `namespace` has its copy, and says so after `patience` milliseconds (1 s) at the latest. Never rejects. */
  ensure(namespace: string, patience?: number): PullSecretState | Promise<PullSecretState>
  /** The license, or the name, is another one than before. */
  licenseChanged(): void
  /** This replica has become the leader, or is one again. */
  leadershipChanged(): void
  stats(): { readonly copies: number; readonly outdated: number; readonly foreign: number }
  stop(): void
}

/** A label of RFC 1123, as the API server has it. Anyone who reaches the webhook can post a review with any other text. */
const namespaceName = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/
/** Writes under way at once for admissions: one more is not waited for, and its copy is written later. */
const capacity = 200

export function createPullSecretKeeper(options: PullSecretKeeperOptions): PullSecretKeeper {
  const { api, license, name, namespaces, excluded = [], configuration, leading, events, observer } = options
  const conditions = createConditionReporter((subject, sentence) => observer?.fault?.(subject, sentence))
  const copies = createPullSecretCopies(configuration?.name)
  let owner: Owner | undefined
  const watch = createPullSecretWatch({
    api,
    namespaces,
    copies,
    conditions,
    onChange: (namespace) => {
      restorer.restore(namespace)
    },
  })
  const writer = createPullSecretWriter({
    api,
    copies,
    conditions,
    wanted,
    owner: () => owner,
    isListed: watch.isListed,
    isConfigured: (namespace) => namespaces.includes(namespace),
    onEnd: writeEnded,
  })
  const restorer = createPullSecretRestorer({
    copies,
    writer,
    isReady: () => wanted() !== undefined,
    leading,
    lookAnew,
    onError: (namespace, error) => {
      conditions.set(`pull secret in ${namespace}`, faultOf(error))
    },
    ...(options.clock && { clock: options.clock }),
  })

  /** What the API server sends here is covered as well: during an upgrade it knows of namespaces that this replica does not. */
  function covers(namespace: string): boolean {
    if (!namespaceName.test(namespace)) return false
    return (watch.follows(namespace) && !excluded.includes(namespace)) || configuration?.selects(namespace) === true
  }

  /** Undefined while there is no license, no name, or no owner, without whom a copy would outlive the webhook. */
  function wanted(): { name: string; content: string } | undefined {
    const secret = name()
    const content = license()?.dockerConfigJson
    if (secret === undefined || content === undefined || (configuration !== undefined && owner === undefined))
      return undefined
    return { name: secret, content }
  }

  function writeEnded(namespace: string, result: PullSecretState, urgent: boolean): void {
    if (result === 'failed' && urgent) restorer.owe(namespace)
    if (result !== 'failed') restorer.settle(namespace)
    if (result === 'written' || result === 'foreign' || result === 'failed') observer?.wrote?.(namespace, result)
    if (result === 'foreign') tellForeign(namespace)
    // Its Secrets are not watched: a deletion would go unnoticed.
    if (!watch.follows(namespace)) copies.forget(namespace)
  }

  function tellForeign(namespace: string): void {
    const secret = name() ?? ''
    const note = `The Secret ${secret} was not made by image-proxy-webhook and is left as it is: Pods pull with what it holds.`
    events?.warn({ namespace, secret, reason: 'PullSecretNotOurs', note })
  }

  function lookAnew(): void {
    // A list that could not be had says nothing of what is missing.
    if (!leading() && watch.isComplete()) copies.age()
    watch.relist()
  }

  function licenseChanged(): void {
    const content = license()?.dockerConfigJson
    // Without a license the copies stay as they are: they may still be good.
    if (content !== undefined) copies.want(content)
    // Copies can be judged only when their owner is known.
    watch.follow(configuration?.state() === 'unknown' ? undefined : name())
    restorer.restoreAll()
  }

  function ownerChanged(): void {
    owner = configuration?.owner()
    copies.own(owner)
    licenseChanged()
  }

  return {
    start: () => {
      configuration?.onChange(ownerChanged)
      ownerChanged()
      restorer.start()
    },
    ensure(namespace, patience = 1000) {
      if (!covers(namespace)) return 'unavailable'
      if (wanted() === undefined) {
        restorer.owe(namespace)
        return 'unavailable'
      }
      if (copies.isCurrent(namespace)) return 'current'
      if (copies.get(namespace)?.state === 'foreign') {
        observer?.left?.('foreign')
        tellForeign(namespace)
        return 'foreign'
      }
      if (writer.size() >= capacity && !writer.isWriting(namespace)) {
        restorer.owe(namespace)
        observer?.left?.('failed')
        return 'failed'
      }
      return within(patience, writer.write(namespace, true))
    },
    licenseChanged,
    leadershipChanged: restorer.restoreAll,
    stats: copies.stats,
    stop: () => {
      restorer.stop()
      watch.stop()
    },
  }
}

/** What `write` comes to in time; it goes on without whoever cannot wait longer. */
function within(milliseconds: number, write: Promise<PullSecretState>): Promise<PullSecretState> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<PullSecretState>((resolve) => {
    timer = setTimeout(resolve, milliseconds, 'pending')
  })
  return Promise.race([write, late]).finally(() => {
    clearTimeout(timer)
  })
}
