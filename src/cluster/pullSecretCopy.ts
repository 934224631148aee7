import { createHash } from 'node:crypto'
import type { V1Secret } from '@kubernetes/client-node'
import { hasOwnMarks, isOurs, ownMarks, type Owner } from './ownership.ts'

/**
 * What is remembered of a namespace's pull secret: enough to tell what to do, and nothing of what it holds. `version` is the
 * `resourceVersion` by which it was so.
 */
export type Copy =
  /** A Secret of that name which the webhook did not make. */
  | { readonly state: 'foreign'; readonly version: string }
  /** There was a copy, and someone deleted it; `age` counts the comparisons since. */
  | { readonly state: 'missing'; readonly version: string; readonly age: number }
  /** `digest` is that of its content, or empty where its label, its owner or its type is not as it should be. */
  | { readonly state: 'present'; readonly version: string; readonly uid: string; readonly digest: string }

const key = '.dockerconfigjson'
const type = 'kubernetes.io/dockerconfigjson'

/** What a Secret of the pull secret's name is to the webhook. */
export function judgeCopy(secret: V1Secret, ownerName: string | undefined, owner: Owner | undefined): Copy {
  const version = secret.metadata?.resourceVersion ?? ''
  if (!isOurs(secret, ownerName)) return { state: 'foreign', version }
  const intact = secret.type === type && hasOwnMarks(secret, owner)
  const content = secret.data?.[key] ?? ''
  return { state: 'present', version, uid: secret.metadata?.uid ?? '', digest: intact ? digest(content) : '' }
}

/** The digest of a copy that holds this content. */
export function digestOf(dockerConfigJson: string): string {
  return digest(encode(dockerConfigJson))
}

/**
 * The copy as it should be, for a server-side apply.
 * @param uid the copy that is to be changed: should another object have its name by now, nothing is changed
 */
export function copyFor(
  dockerConfigJson: string,
  {
    name,
    namespace,
    owner,
    uid,
  }: { name: string; namespace: string; owner: Owner | undefined; uid: string | undefined },
): V1Secret {
  const metadata = { ...ownMarks(owner), name, namespace, ...(uid === undefined ? {} : { uid }) }
  return { apiVersion: 'v1', kind: 'Secret', type, metadata, data: { [key]: encode(dockerConfigJson) } }
}

function encode(dockerConfigJson: string): string {
  return Buffer.from(dockerConfigJson).toString('base64')
}

function digest(content: string): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 22)
}
