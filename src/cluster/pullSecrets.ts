import type { License } from '../license/content.ts'
import type { V1Secret } from '@kubernetes/client-node'
import { ApiError, hasStatus, isTerminating } from '../kubernetes/apiError.ts'
import type { Api } from '../kubernetes/api.ts'
import type { EventRecorder } from './events.ts'
import { createConditionReporter } from '../kubernetes/conditionReporter.ts'
import { manager, type Owner } from './ownership.ts'
import { copyFor, digestOf, judgeCopy, type Copy } from './pullSecretCopy.ts'
import { createQueue } from '../kubernetes/queue.ts'
import { watchPullSecrets } from './pullSecretWatch.ts'
import type { ObjectWatch } from '../kubernetes/watch.ts'
import type { WebhookConfiguration } from './webhookConfiguration.ts'

/**
 * What became of a namespace's pull secret.
 * - `current`: it was there, with the license of now
 * - `written`: it is there now
 * - `pending`: it is being written, and will be there soon
 * - `foreign`: a Secret of that name which the webhook did not make is there, and stays as it is
 * - `unavailable`: nothing to do or nothing to do it with: no license, a namespace that is not covered or on its way out
 * - `failed`: the API server refuses it, or cannot be reached
 */
export type Ensured = 'current' | 'written' | 'pending' | 'foreign' | 'unavailable' | 'failed'

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
}

export interface PullSecretKeeper {
  /** Finds the copies there are, and follows them from then on. */
  start(): void
  /** Sees to it that `namespace` has its copy, and says so after `patience` milliseconds (1 s) at the latest. Never rejects. */
  ensure(namespace: string, patience?: number): Ensured | Promise<Ensured>
  /** The license, or the name, is another one than before. */
  licenseChanged(): void
  /** This replica has become the leader. */
  leadershipChanged(): void
  stats(): { readonly copies: number; readonly outdated: number; readonly foreign: number }
  stop(): void
}

/** Anybody in the cluster can post a review with any namespace: a label of RFC 1123, as the API server has it. */
const namespaceName = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/
/** Enough to go on at the full rate while the API server takes its time over some. */
const concurrency = 16
/** Milliseconds after which there is a leader again, whatever became of the last one. */
const leaderless = 60_000
/** First copies under way at once: what comes on top is not waited for. */
const capacity = 200

export function createPullSecretKeeper(options: PullSecretKeeperOptions): PullSecretKeeper {
  const { api, license, name, namespaces, excluded = [], configuration, leading, events, observer } = options
  const everywhere = namespaces.includes('*')
  const copies = new Map<string, Copy>()
  const writing = new Map<string, Promise<Ensured>>()
  const queue = createQueue(restore, concurrency)
  const faults = createConditionReporter((subject, sentence) => observer?.fault?.(subject, sentence))
  let watches: ObjectWatch[] = []
  let listed = new Set<string>()
  let watched: string | undefined
  let wanted = ''
  let owner: Owner | undefined

  function covers(namespace: string): boolean {
    return (
      namespaceName.test(namespace) && !excluded.includes(namespace) && (everywhere || namespaces.includes(namespace))
    )
  }

  /** Without its owner a copy would outlive the webhook. */
  function mayWrite(): boolean {
    return license() !== undefined && name() !== undefined && (configuration === undefined || owner !== undefined)
  }

  function isOutdated(copy: Copy): boolean {
    return copy.state === 'missing' || (copy.state === 'present' && copy.digest !== wanted)
  }

  function remember(namespace: string, secret: V1Secret): Copy {
    const copy = judgeCopy(secret, configuration?.name, owner)
    copies.set(namespace, copy)
    return copy
  }

  function restoreLater(namespace: string): void {
    const copy = copies.get(namespace)
    if (copy !== undefined && isOutdated(copy) && leading()) queue.add(namespace)
  }

  async function restore(namespace: string): Promise<boolean> {
    const copy = copies.get(namespace)
    if (copy === undefined || !isOutdated(copy) || !leading() || !mayWrite()) return true
    return (await write(namespace, false)) !== 'failed'
  }

  /** One write a namespace at a time, whoever asks. */
  function write(namespace: string, urgent: boolean): Promise<Ensured> {
    const underWay = writing.get(namespace)
    if (underWay !== undefined) return underWay
    const started = tryToWrite(namespace, urgent).then((result) => {
      writing.delete(namespace)
      if (result === 'written' || result === 'foreign' || result === 'failed') observer?.wrote?.(namespace, result)
      return result
    })
    writing.set(namespace, started)
    return started
  }

  async function tryToWrite(namespace: string, urgent: boolean): Promise<Ensured> {
    const secret = name()
    const content = license()?.dockerConfigJson
    if (secret === undefined || content === undefined) return 'unavailable'
    const isListed = listed.has(everywhere ? '*' : namespace)
    try {
      let copy = copies.get(namespace) ?? (isListed ? undefined : await look(namespace, secret))
      for (let left = 3; ; left--) {
        if (copy?.state === 'foreign') return foreign(namespace, secret)
        const uid = copy?.state === 'present' ? copy.uid : undefined
        const object = copyFor(content, { name: secret, namespace, owner, uid })
        try {
          // Unforced where nothing should be there: what someone else put there meanwhile is a conflict, and stays.
          const written = await api.core.patchNamespacedSecret(
            { name: secret, namespace, body: object, fieldManager: manager, force: uid !== undefined },
            api.with({ urgent, patch: 'ServerSideApply' }),
          )
          remember(namespace, written)
          faults.set(`pull secret in ${namespace}`, undefined)
          return 'written'
        } catch (error) {
          if (left === 0 || !hasStatus(error, 409, 422)) throw error
          copy = await look(namespace, secret)
        }
      }
    } catch (error) {
      return gaveUp(namespace, error)
    }
  }

  async function look(namespace: string, secret: string): Promise<Copy | undefined> {
    try {
      return remember(
        namespace,
        await api.core.readNamespacedSecret({ name: secret, namespace }, api.with({ urgent: true })),
      )
    } catch (error) {
      if (!hasStatus(error, 404)) throw error
      copies.delete(namespace)
      return undefined
    }
  }

  function gaveUp(namespace: string, error: unknown): Ensured {
    if (!(error instanceof ApiError)) throw error
    if (isTerminating(error)) {
      copies.delete(namespace)
      return 'unavailable'
    }
    if (hasStatus(error, 404)) {
      copies.delete(namespace)
      // A review from elsewhere than the API server can name any namespace: only one that is configured is worth a word.
      if (!everywhere) faults.set(`pull secret in ${namespace}`, error.message)
      return 'unavailable'
    }
    faults.set(`pull secret in ${namespace}`, error.message)
    return 'failed'
  }

  function foreign(namespace: string, secret: string): 'foreign' {
    const note = `The Secret ${secret} was not made by image-proxy-webhook and is left as it is: Pods pull with what it holds.`
    events?.warn({ namespace, secret, reason: 'PullSecretNotOurs', note })
    return 'foreign'
  }

  function follow(secret: string, namespace: string | undefined): ObjectWatch {
    return watchPullSecrets(api, secret, namespace, {
      known: () => (namespace === undefined ? copies.keys() : [namespace]),
      seen: (of, object) => {
        remember(of, object)
        restoreLater(of)
      },
      lost,
      listed: () => listed.add(namespace ?? '*'),
      fault: (sentence) => {
        faults.set(`pull secrets in ${namespace ?? 'all namespaces'}`, sentence)
      },
    })
  }

  function lost(namespace: string): void {
    const copy = copies.get(namespace)
    if (copy === undefined) return
    if (copy.state === 'foreign') {
      copies.delete(namespace)
      return
    }
    copies.set(namespace, { state: 'missing' })
    if (leading()) queue.add(namespace)
    // Long enough for another leader, should there be none at this moment; not for ever, as namespaces come and go.
    else setTimeout(forgetMissing, leaderless, namespace).unref()
  }

  function forgetMissing(namespace: string): void {
    if (copies.get(namespace)?.state === 'missing' && !leading()) copies.delete(namespace)
  }

  function restoreAll(): void {
    for (const namespace of copies.keys()) restoreLater(namespace)
  }

  function watchAnew(secret: string | undefined): void {
    for (const watch of watches) watch.stop()
    copies.clear()
    listed = new Set()
    watched = secret
    if (secret === undefined) watches = []
    else watches = everywhere ? [follow(secret, undefined)] : namespaces.map((namespace) => follow(secret, namespace))
  }

  function licenseChanged(): void {
    const content = license()?.dockerConfigJson
    // Without a license the copies stay as they are: they may still be good.
    if (content !== undefined) wanted = digestOf(content)
    // Copies can be judged only when their owner is known.
    const secret = configuration?.state() === 'unknown' ? undefined : name()
    if (secret !== watched) watchAnew(secret)
    restoreAll()
  }

  function ownerChanged(): void {
    const next = configuration?.owner()
    if (next !== undefined && next.uid !== owner?.uid) {
      for (const [namespace, copy] of copies)
        if (copy.state === 'present') copies.set(namespace, { ...copy, digest: '' })
    }
    owner = next
    licenseChanged()
  }

  return {
    start: () => {
      owner = configuration?.owner()
      configuration?.onChange(ownerChanged)
      licenseChanged()
    },
    ensure(namespace, patience = 1000) {
      if (!covers(namespace) || !mayWrite()) return 'unavailable'
      const copy = copies.get(namespace)
      if (copy?.state === 'present' && copy.digest === wanted) return 'current'
      if (copy?.state === 'foreign') {
        observer?.left?.('foreign')
        return foreign(namespace, name() ?? '')
      }
      if (writing.size >= capacity && !writing.has(namespace)) {
        observer?.left?.('failed')
        return 'failed'
      }
      return within(patience, write(namespace, true))
    },
    licenseChanged,
    leadershipChanged: restoreAll,
    stats: () => {
      const all = [...copies.values()]
      return {
        copies: all.filter(({ state }) => state === 'present').length,
        outdated: all.filter(isOutdated).length,
        foreign: all.filter(({ state }) => state === 'foreign').length,
      }
    },
    stop: () => {
      queue.stop()
      for (const watch of watches) watch.stop()
    },
  }
}

/** What `write` comes to in time; it goes on without whoever cannot wait longer. */
function within(milliseconds: number, write: Promise<Ensured>): Promise<Ensured> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Ensured>((resolve) => {
    timer = setTimeout(resolve, milliseconds, 'pending')
  })
  return Promise.race([write, late]).finally(() => {
    clearTimeout(timer)
  })
}
