import type { V1Secret } from '@kubernetes/client-node'
import { isLater } from '../kubernetes/resourceVersion.ts'
import type { Owner } from './ownership.ts'
import { digestOf, judgeCopy, type Copy } from './pullSecretCopy.ts'

/** What is known of the pull secret's copies, namespace by namespace. */
export interface PullSecretCopies {
  get(namespace: string): Copy | undefined
  namespaces(): Iterable<string>
  /** Remembers a Secret that has the copies' name, as the watch tells of it. */
  remember(namespace: string, secret: V1Secret): Copy
  /**
   * Remembers a Secret as an answer tells of it, unless the watch was faster and has told of something later: the answer to
   * a write may arrive after the news that what was written is deleted.
   *
   * @returns what is known then
   */
  learn(namespace: string, secret: V1Secret): Copy
  /** The Secret was deleted, or was not there, by this `resourceVersion`. */
  lose(namespace: string, version: string): void
  forget(namespace: string): void
  clear(): void
  /** Whether there was a copy and there is none, or not the one that there should be. */
  isOutdated(namespace: string): boolean
  isCurrent(namespace: string): boolean
  /** What every copy should hold from now on. */
  want(dockerConfigJson: string): void
  /** Who should own every copy from now on. */
  own(owner: Owner | undefined): void
  /** Forgets copies that have been missing since the call before the last one, so that deleted namespaces take no memory. */
  age(): void
  stats(): { readonly copies: number; readonly outdated: number; readonly foreign: number }
}

/** @param ownerName the name of the copies' owner; undefined where they have none */
export function createPullSecretCopies(ownerName: string | undefined): PullSecretCopies {
  const copies = new Map<string, Copy>()
  let wanted = ''
  let owner: Owner | undefined

  function isOutdated(copy: Copy | undefined): boolean {
    return copy?.state === 'missing' || (copy?.state === 'present' && copy.digest !== wanted)
  }

  function remember(namespace: string, secret: V1Secret): Copy {
    const copy = judgeCopy(secret, ownerName, owner)
    copies.set(namespace, copy)
    return copy
  }

  return {
    get: (namespace) => copies.get(namespace),
    namespaces: () => copies.keys(),
    remember,
    learn: (namespace, secret) => {
      const known = copies.get(namespace)
      const isOutrun = known !== undefined && isLater(known.version, secret.metadata?.resourceVersion)
      return isOutrun ? known : remember(namespace, secret)
    },
    lose: (namespace, version) => {
      const copy = copies.get(namespace)
      if (copy?.state === 'foreign') copies.delete(namespace)
      if (copy?.state === 'missing') copies.set(namespace, { ...copy, version })
      if (copy?.state === 'present') copies.set(namespace, { state: 'missing', version, age: 0 })
    },
    forget: (namespace) => {
      copies.delete(namespace)
    },
    clear: () => {
      copies.clear()
    },
    isOutdated: (namespace) => isOutdated(copies.get(namespace)),
    isCurrent: (namespace) => {
      const copy = copies.get(namespace)
      return copy?.state === 'present' && copy.digest === wanted
    },
    want: (dockerConfigJson) => {
      wanted = digestOf(dockerConfigJson)
    },
    own: (next) => {
      const isAnother = next !== undefined && next.uid !== owner?.uid
      owner = next
      if (!isAnother) return
      for (const [namespace, copy] of copies)
        if (copy.state === 'present') copies.set(namespace, { ...copy, digest: '' })
    },
    age: () => {
      for (const [namespace, copy] of copies) {
        if (copy.state !== 'missing') continue
        if (copy.age > 0) copies.delete(namespace)
        else copies.set(namespace, { ...copy, age: copy.age + 1 })
      }
    },
    stats: () => {
      const all = [...copies.values()]
      return {
        copies: all.filter(({ state }) => state === 'present').length,
        outdated: all.filter(isOutdated).length,
        foreign: all.filter(({ state }) => state === 'foreign').length,
      }
    },
  }
}
