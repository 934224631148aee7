import { randomUUID } from 'node:crypto'

export interface PodReviewOptions {
  readonly namespace?: string
  readonly name?: string
  readonly generateName?: string
  readonly uid?: string
  readonly dryRun?: boolean
}

/** The body of a review for a new Pod whose containers `c0`, `c1` … have these images. */
export function podReview(
  images: readonly string[],
  { namespace = 'my-app', name = '', generateName = 'api-', uid = randomUUID(), dryRun = false }: PodReviewOptions = {},
): string {
  const version = { group: '', version: 'v1' }
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid,
      kind: { ...version, kind: 'Pod' },
      resource: { ...version, resource: 'pods' },
      name,
      namespace,
      operation: 'CREATE',
      dryRun,
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...(name === '' ? { generateName } : { name }), namespace },
        spec: { containers: images.map((image, index) => ({ name: `c${index}`, image })) },
      },
      oldObject: null,
    },
  })
}

/** A recorded review under an id of its own, as the API server gives one to each of its requests. */
export function withNewUid(body: string): string {
  const { request, ...rest } = JSON.parse(body) as { request: object }
  return JSON.stringify({ ...rest, request: { ...request, uid: randomUUID() } })
}

/** The body of a review of whatever `request` says; of a Pod's creation where it says nothing. */
export function review(request: object = {}, envelope: object = {}): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u-1',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      operation: 'CREATE',
      namespace: 'ns',
      ...request,
    },
    ...envelope,
  })
}
