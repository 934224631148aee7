import { arrayAt, objectAt, textAt, type JsonObject } from '../json.ts'
import type { ApiRequest } from './client.ts'

/** What this webhook calls itself at the API server: field manager, and value of the label on its objects. */
export const manager = 'image-proxy-webhook'

/** The label of what the webhook made: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
export const managedByLabel = 'app.kubernetes.io/managed-by'

/** The cluster-scoped object that owns what the webhook makes: who deletes it has the rest collected as garbage. */
export interface Owner {
  readonly name: string
  readonly uid: string
}

export const ownerKind = 'MutatingWebhookConfiguration'

/** The path of a collection, or of one object in it. `namespace` undefined means all namespaces, or none. */
export function pathOf(collection: `${string}/${string}`, namespace?: string, name?: string): string {
  const cut = collection.lastIndexOf('/')
  const [group, plural] = [collection.slice(0, cut), collection.slice(cut + 1)]
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  return `${group === 'v1' ? '/api' : '/apis'}/${group}${scope}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`
}

export function nameOf(object: JsonObject): string {
  return textAt(object['metadata'], 'name') ?? ''
}

export function namespaceOf(object: JsonObject): string {
  return textAt(object['metadata'], 'namespace') ?? ''
}

export function uidOf(object: JsonObject): string {
  return textAt(object['metadata'], 'uid') ?? ''
}

/** Compared for equality only: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions */
export function versionOf(object: JsonObject): string {
  return textAt(object['metadata'], 'resourceVersion') ?? ''
}

/** The decoded value at a Secret's key; undefined where it has no such key. */
export function secretText(secret: JsonObject, key: string): string | undefined {
  const value = textAt(secret['data'], key)
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString()
}

/** The `data` of a Secret that holds these texts. */
export function secretData(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]))
}

/** The metadata of an object of ours. */
export function ownMetadata(name: string, namespace: string, owner: Owner | undefined) {
  return {
    name,
    namespace,
    labels: { [managedByLabel]: manager },
    ...(owner === undefined ? {} : { ownerReferences: [ownerReference(owner)] }),
  }
}

function ownerReference({ name, uid }: Owner) {
  return { apiVersion: 'admissionregistration.k8s.io/v1', kind: ownerKind, name, uid }
}

/** Whether our label, and our owner where there is one, are on an object as we put them there. */
export function hasOwnMetadata({ metadata }: JsonObject, owner: Owner | undefined): boolean {
  if (textAt(objectAt(metadata, 'labels'), managedByLabel) !== manager) return false
  return (
    owner === undefined ||
    arrayAt(metadata, 'ownerReferences').some((reference) => textAt(reference, 'uid') === owner.uid)
  )
}

/**
 * Whether the webhook made this object: it carries our label, our owner or our field manager, so that someone who edits
 * one of them away does not disown it. What another release of the webhook owns is that release's.
 */
export function isOurs({ metadata }: JsonObject, ownerName: string | undefined): boolean {
  const owners = arrayAt(metadata, 'ownerReferences').filter((reference) => textAt(reference, 'kind') === ownerKind)
  if (owners.length > 0 && ownerName !== undefined)
    return owners.some((reference) => textAt(reference, 'name') === ownerName)
  return (
    textAt(objectAt(metadata, 'labels'), managedByLabel) === manager ||
    arrayAt(metadata, 'managedFields').some((entry) => textAt(entry, 'manager') === manager)
  )
}

/** A server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
export function serverSideApply(path: string, object: unknown, force: boolean): ApiRequest {
  return {
    method: 'PATCH',
    path,
    query: { fieldManager: manager, force: String(force) },
    contentType: 'application/apply-patch+yaml',
    body: object,
  }
}
