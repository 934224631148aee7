import type { V1Secret } from '@kubernetes/client-node'
import type { PullSecretState } from '../admission/admission.ts'
import { ApiError, hasStatus, isTerminating } from '../kubernetes/apiError.ts'
import type { Api } from '../kubernetes/api.ts'
import type { ConditionReporter } from '../kubernetes/conditionReporter.ts'
import { faultOf } from '../kubernetes/faultOf.ts'
import { manager, type Owner } from './ownership.ts'
import type { PullSecretCopies } from './pullSecretCopies.ts'
import { copyFor, type Copy } from './pullSecretCopy.ts'

export interface PullSecretWriterOptions {
  readonly api: Api
  readonly copies: PullSecretCopies
  readonly conditions: ConditionReporter
  /** What to write; undefined while there is nothing to write. */
  readonly wanted: () => { readonly name: string; readonly content: string } | undefined
  readonly owner: () => Owner | undefined
  /** Whether `copies` tells all there is in this namespace, so that one that it does not know is not there. */
  readonly isListed: (namespace: string) => boolean
  /** Whether the configuration names this namespace, so that its absence is to be logged. */
  readonly isConfigured: (namespace: string) => boolean
  /** Told what became of each write, once. @param urgent whether an admission began it */
  readonly onEnd: (namespace: string, state: PullSecretState, urgent: boolean) => void
}

export interface PullSecretWriter {
  /** Writes the copy of a namespace, one write a namespace at a time, whoever asks. Never rejects. */
  write(namespace: string, urgent: boolean): Promise<PullSecretState>
  /** Writes under way. */
  size(): number
  isWriting(namespace: string): boolean
}

/** Attempts at one write, which conflicts where somebody else changes or deletes the copy at the same time. */
const attempts = 4

export function createPullSecretWriter(options: PullSecretWriterOptions): PullSecretWriter {
  const { api, copies, conditions, wanted, owner, isListed, isConfigured, onEnd } = options
  const underWay = new Map<string, Promise<PullSecretState>>()

  async function run(namespace: string, urgent: boolean): Promise<PullSecretState> {
    const state = await tryToWrite(namespace, urgent).finally(() => underWay.delete(namespace))
    onEnd(namespace, state, urgent)
    return state
  }

  async function tryToWrite(namespace: string, urgent: boolean): Promise<PullSecretState> {
    const { name, content } = wanted() ?? {}
    if (name === undefined || content === undefined) return 'unavailable'
    try {
      return await write({ name, namespace, content, urgent })
    } catch (error) {
      return gaveUp(namespace, error)
    }
  }

  async function write(what: { name: string; namespace: string; content: string; urgent: boolean }) {
    const { name, namespace, content } = what
    let copy = copies.get(namespace) ?? (isListed(namespace) ? undefined : await look(namespace, name))
    for (let left = attempts; left > 0; left--) {
      if (copy?.state === 'foreign') return 'foreign'
      const uid = copy?.state === 'present' ? copy.uid : undefined
      try {
        const body = copyFor(content, { name, namespace, owner: owner(), uid })
        copy = copies.learn(namespace, await apply({ name, namespace, body }, uid !== undefined, what.urgent))
        if (copy.state === 'present') {
          conditions.set(`pull secret in ${namespace}`, undefined)
          return 'written'
        }
      } catch (error) {
        if (left === 1 || !hasStatus(error, 409, 422)) throw error
        copy = await look(namespace, name)
      }
    }
    throw new ApiError('it was deleted as often as it was written')
  }

  /**
   * By server-side apply, without `force` where no copy is known: a Secret that somebody else has created meanwhile is
   * then a conflict, and stays as it is.
   */
  function apply(
    copy: { readonly name: string; readonly namespace: string; readonly body: V1Secret },
    force: boolean,
    urgent: boolean,
  ): Promise<V1Secret> {
    const request = { ...copy, fieldManager: manager, force }
    return api.core.patchNamespacedSecret(request, api.with({ urgent, background: !urgent, patch: 'ServerSideApply' }))
  }

  async function look(namespace: string, name: string): Promise<Copy | undefined> {
    try {
      return copies.learn(
        namespace,
        await api.core.readNamespacedSecret({ name, namespace }, api.with({ urgent: true })),
      )
    } catch (error) {
      if (!hasStatus(error, 404)) throw error
      copies.forget(namespace)
      return undefined
    }
  }

  function gaveUp(namespace: string, error: unknown): PullSecretState {
    if (isTerminating(error)) {
      copies.forget(namespace)
      return 'unavailable'
    }
    if (hasStatus(error, 404)) {
      copies.forget(namespace)
      // A review from elsewhere than the API server can name any namespace: only one that is configured is worth a word.
      if (isConfigured(namespace)) conditions.set(`pull secret in ${namespace}`, faultOf(error))
      return 'unavailable'
    }
    conditions.set(`pull secret in ${namespace}`, faultOf(error))
    return 'failed'
  }

  return {
    write: (namespace, urgent) => {
      const present = underWay.get(namespace)
      if (present !== undefined) return present
      const started = run(namespace, urgent)
      underWay.set(namespace, started)
      return started
    },
    size: () => underWay.size,
    isWriting: (namespace) => underWay.has(namespace),
  }
}
