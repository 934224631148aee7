import jsonPatch, { type Operation } from 'fast-json-patch'
import { originalImages, recordOriginals } from './annotation.ts'
import type { DecidedImage } from './images.ts'
import { carriesPullSecret, type PodSummary } from './summary.ts'

export interface PatchOptions {
  /** The pull secret that images behind the proxy need; undefined where the Pod's secrets may not be changed. */
  readonly pullSecret: string | undefined
  /** False for `pods/ephemeralcontainers`, where nothing but images may change. */
  readonly annotate: boolean
}

/** One value of the Pod that comes, goes or changes: absent where `from` or `to` is undefined. */
interface Change {
  readonly parent: 'spec' | 'metadata'
  readonly key: string
  readonly from: unknown
  readonly to: unknown
}

/**
 * The JSON Patch (RFC 6902) that carries out `outcomes`: images, the pull secret's name, and the annotation that tells
 * of it. Empty where the Pod is already as it should be. Only what changes is compared, not the whole Pod.
 */
export function patchPod(
  pod: PodSummary,
  outcomes: readonly DecidedImage[],
  { pullSecret, annotate }: PatchOptions,
): readonly Operation[] {
  const changes = [
    ...(pullSecret === undefined ? [] : pullSecretChanges(pod, outcomes, pullSecret)),
    ...(annotate ? annotationChanges(pod, outcomes) : []),
  ]
  return [...imageOperations(outcomes), ...(changes.length === 0 ? [] : compare(pod, changes))]
}

/**
 * The image that is replaced is known to be there, so no comparison is needed, which would be slow with thousands of
 * containers.
 */
function imageOperations(outcomes: readonly DecidedImage[]): Operation[] {
  const operations: Operation[] = []
  for (const { position, decision } of outcomes) {
    if (decision.location === undefined) continue
    const { list, index } = position
    const path = `/spec/${list}/${index}/image${list === 'volumes' ? '/reference' : ''}`
    operations.push({ op: 'replace', path, value: decision.location })
  }
  return operations
}

function compare(pod: PodSummary, changes: readonly Change[]): Operation[] {
  const before = parentsOf(pod)
  const after = parentsOf(pod)
  for (const { parent, key, from, to } of changes) {
    if (from !== undefined) (before[parent] ??= {})[key] = from
    if (to !== undefined) (after[parent] ??= {})[key] = to
  }
  return jsonPatch.compare(before, after)
}

/** The objects below which changes are compared, empty. `metadata` is left out where the Pod has none. */
function parentsOf({ annotations }: PodSummary): Partial<Record<Change['parent'], Record<string, unknown>>> {
  return annotations === undefined ? { spec: {} } : { spec: {}, metadata: {} }
}

function pullSecretChanges(pod: PodSummary, outcomes: readonly DecidedImage[], name: string): Change[] {
  const needed = outcomes.some(({ decision }) => decision.action !== 'leave')
  if (!needed || carriesPullSecret(pod, name)) return []
  const { pullSecrets } = pod
  const place = { parent: 'spec', key: 'imagePullSecrets' } as const
  if (pullSecrets == null) return [{ ...place, from: pullSecrets, to: [{ name }] }]
  // What the other entries hold does not matter, because they stay: null stands for each of them on both sides.
  const from = pullSecrets.map(() => null)
  return [{ ...place, from, to: [...from, { name }] }]
}

function annotationChanges({ annotations }: PodSummary, outcomes: readonly DecidedImage[]): Change[] {
  const before = annotations?.original
  const after = recordOriginals(annotations, outcomes)
  if (before === after) return []
  const only = (value: unknown) => (value === undefined ? {} : { [originalImages]: value })
  const form = annotations?.form ?? 'absent'
  const from = form === 'map' ? only(before) : form === 'other' ? null : undefined
  return [{ parent: 'metadata', key: 'annotations', from, to: only(after) }]
}
