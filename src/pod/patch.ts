import jsonPatch, { type Operation } from 'fast-json-patch'
import { annotationsOf, originalImages, recordOriginals } from './annotation.ts'
import type { DecidedImage } from './images.ts'
import { arrayAt, isObject, objectAt, textAt, type JsonObject } from '../json.ts'

export interface PatchOptions {
  /** The pull secret that images behind the proxy need; undefined where the Pod's secrets may not be changed. */
  readonly pullSecret: string | undefined
  /** False for `pods/ephemeralcontainers`, where nothing but images may change. */
  readonly annotate: boolean
}

/**
 * The JSON Patch (RFC 6902) that carries out `outcomes`: images, the pull secret's name, and the annotation that tells
 * of it. Empty where the Pod is already as it should be. Only what can change is compared, not the whole Pod.
 */
export function patchPod(
  pod: unknown,
  outcomes: readonly DecidedImage[],
  { pullSecret, annotate }: PatchOptions,
): Operation[] {
  const parts = [
    ...imageParts(pod, outcomes),
    ...(pullSecret === undefined ? [] : pullSecretParts(pod, outcomes, pullSecret)),
    ...(annotate ? annotationParts(pod, outcomes) : []),
  ]
  if (parts.length === 0) return []
  const before = parentsOf(pod)
  const after = parentsOf(pod)
  for (const { parent, key, from, to } of parts) {
    if (from !== undefined) (before[parent] ??= {})[key] = from
    if (to !== undefined) (after[parent] ??= {})[key] = to
  }
  return jsonPatch.compare(before, after)
}

/** The parents that a patch can rely on, empty. */
function parentsOf(pod: unknown): Partial<Record<Part['parent'], Record<string, unknown>>> {
  return objectAt(pod, 'metadata') === undefined ? { spec: {} } : { spec: {}, metadata: {} }
}

/** Whether the Pod names `secret` among its `imagePullSecrets`. */
export function carriesPullSecret(pod: unknown, secret: string): boolean {
  return arrayAt(objectAt(pod, 'spec'), 'imagePullSecrets').some((entry) => textAt(entry, 'name') === secret)
}

interface Part {
  readonly parent: 'spec' | 'metadata'
  readonly key: string
  readonly from: unknown
  readonly to: unknown
}

function imageParts(pod: unknown, outcomes: readonly DecidedImage[]): Part[] {
  const rewritten = outcomes.filter(({ decision }) => decision.location !== undefined)
  const lists = new Set(rewritten.map(({ position }) => position.list))
  return [...lists].map((list) => {
    const images = (element: unknown) => ({ image: isObject(element) ? element['image'] : undefined })
    const from = arrayAt(objectAt(pod, 'spec'), list).map(images)
    const to = [...from]
    for (const { position, decision } of rewritten) {
      if (position.list !== list) continue
      const image = from[position.index]?.image
      to[position.index] = { image: isObject(image) ? { ...image, reference: decision.location } : decision.location }
    }
    return { parent: 'spec', key: list, from, to }
  })
}

function pullSecretParts(pod: unknown, outcomes: readonly DecidedImage[], name: string): Part[] {
  const needed = outcomes.some(({ decision }) => decision.action !== 'leave')
  if (!needed || carriesPullSecret(pod, name)) return []
  const spec = objectAt(pod, 'spec')
  const from = spec?.['imagePullSecrets']
  return [{ parent: 'spec', key: 'imagePullSecrets', from, to: [...arrayAt(spec, 'imagePullSecrets'), { name }] }]
}

function annotationParts(pod: unknown, outcomes: readonly DecidedImage[]): Part[] {
  const annotations = annotationsOf(pod)
  const before = annotations?.[originalImages]
  const after = recordOriginals(pod, outcomes)
  if (before === after) return []
  const only = (value: unknown): JsonObject => (value === undefined ? {} : { [originalImages]: value })
  const from = annotations === undefined ? objectAt(pod, 'metadata')?.['annotations'] : only(before)
  return [{ parent: 'metadata', key: 'annotations', from, to: only(after) }]
}
