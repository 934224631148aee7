import type { KubernetesObject, V1OwnerReference } from '@kubernetes/client-node'

/** What this webhook calls itself at the API server: user agent, field manager, and value of the label on its objects. */
export const manager = 'image-proxy-webhook'

/** The label of what the webhook made: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
export const managedByLabel = 'app.kubernetes.io/managed-by'

/** The cluster-scoped object that owns what the webhook makes: who deletes it has the rest collected as garbage. */
export interface Owner {
  readonly name: string
  readonly uid: string
}

const ownerKind = 'MutatingWebhookConfiguration'

/** The label and the owner of an object of ours. */
export interface OwnMarks {
  readonly labels: Record<string, string>
  readonly ownerReferences?: V1OwnerReference[]
}

/** What marks an object as ours. */
export function ownMarks(owner: Owner | undefined): OwnMarks {
  return {
    labels: { [managedByLabel]: manager },
    ...(owner === undefined ? {} : { ownerReferences: [ownerReference(owner)] }),
  }
}

function ownerReference({ name, uid }: Owner): V1OwnerReference {
  return { apiVersion: 'admissionregistration.k8s.io/v1', kind: ownerKind, name, uid }
}

/** Whether our label, and our owner where there is one, are on an object as we put them there. */
export function hasOwnMarks({ metadata }: KubernetesObject, owner: Owner | undefined): boolean {
  if (metadata?.labels?.[managedByLabel] !== manager) return false
  return owner === undefined || (metadata.ownerReferences ?? []).some(({ uid }) => uid === owner.uid)
}

/**
 * Whether the webhook made this object: it carries our label, our owner or our field manager, so that someone who edits
 * one of them away does not disown it. What another release of the webhook owns is that release's.
 */
export function isOurs({ metadata }: KubernetesObject, ownerName: string | undefined): boolean {
  const owners = (metadata?.ownerReferences ?? []).filter(({ kind }) => kind === ownerKind)
  if (owners.length > 0 && ownerName !== undefined) return owners.some(({ name }) => name === ownerName)
  return (
    metadata?.labels?.[managedByLabel] === manager ||
    (metadata?.managedFields ?? []).some((entry) => entry.manager === manager)
  )
}
