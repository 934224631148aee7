import { objectAt, parseObject, textAt, type JsonObject } from '../json.ts'
import type { DecidedImage } from './images.ts'

/** Holds what the webhook changed: a JSON object, container name (or `volume/NAME`) → reference as written. */
export const originalImages = 'image-proxy-webhook/original-images'

/** Names the containers (or `volume/NAME`) of a Pod that the webhook leaves alone, with commas between them. */
const ignoreContainers = 'image-proxy-webhook/ignore-containers'

/** Labels a Pod or a namespace that the webhook leaves alone as a whole. */
export const ignoreLabel = 'image-proxy-webhook/ignore'

/** The kubelet sets it on the mirror Pod of a static Pod, and rejects a mirror that differs from its source. */
export const mirrorPod = 'kubernetes.io/config.mirror'

/** `TotalAnnotationSizeLimitB` of Kubernetes: past it the API server rejects the whole object. */
const annotationsLimit = 256 * 1024

/** The annotations of a Pod that nobody has validated yet; undefined where they are no map. */
export function annotationsOf(pod: unknown): JsonObject | undefined {
  return objectAt(objectAt(pod, 'metadata'), 'annotations')
}

/** The names that `ignore-containers` lists. None where it is longer than Kubernetes lets it be: such a Pod is rejected. */
export function ignoredContainersOf(annotations: JsonObject | undefined): ReadonlySet<string> {
  const listed = textAt(annotations, ignoreContainers)
  if (listed === undefined || listed.length > annotationsLimit) return new Set()
  return new Set(listed.split(',').map((name) => name.trim()))
}

/** The annotations of a Pod as far as a patch needs them. */
export interface AnnotationSummary {
  /** What the Pod has as its annotations: nothing, a map, or what the API server reads as nothing (`null`). */
  readonly form: 'absent' | 'map' | 'other'
  /** The value of `original-images`; null where it is no text, or longer than Kubernetes lets it be. */
  readonly original: string | null | undefined
  /** UTF-8 bytes of the others, with their keys, as far as Kubernetes lets there be any. */
  readonly otherBytes: number
}

/**
 * Undefined where the Pod has no metadata to hold annotations.
 *
 * @param isStorable whether a Pod of its size could be stored. Of another one the annotations are too many, uncounted: V8
 * lists all keys of a map before the first is looked at, which takes 30 ms for 150 000.
 */
export function summarizeAnnotations(pod: unknown, isStorable: boolean): AnnotationSummary | undefined {
  const metadata = objectAt(pod, 'metadata')
  if (metadata === undefined) return undefined
  const annotations = annotationsOf(pod)
  if (annotations === undefined) {
    return { form: metadata['annotations'] === undefined ? 'absent' : 'other', original: undefined, otherBytes: 0 }
  }
  const value = annotations[originalImages]
  const original = value === undefined || (typeof value === 'string' && value.length <= annotationsLimit) ? value : null
  return { form: 'map', original, otherBytes: isStorable ? bytesOfOthers(annotations) : Infinity }
}

function bytesOfOthers(annotations: JsonObject): number {
  let bytes = 0
  for (const key in annotations) {
    // Too many for anything to be added: how many of them there are is somebody else's to refuse.
    if (bytes > annotationsLimit) break
    const text = annotations[key]
    if (key !== originalImages && typeof text === 'string') bytes += Buffer.byteLength(key) + Buffer.byteLength(text)
  }
  return bytes
}

/** What the annotation `original-images` tells: container name (or `volume/NAME`) → reference as written. */
export function readOriginals(value: string | null | undefined): ReadonlyMap<string, string> {
  if (value == null) return new Map()
  const originals = parseObject(value) ?? {}
  return new Map(Object.entries(originals).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/**
 * The value of the annotation `original-images` after `outcomes`, or undefined where there is nothing to record. What
 * an earlier admission recorded stays for images that are still behind the proxy, and goes for those that are not.
 */
export function recordOriginals(
  annotations: AnnotationSummary | undefined,
  outcomes: readonly DecidedImage[],
): string | undefined {
  const before = annotations?.original
  const originals = new Map(readOriginals(before))
  // A Pod may have two containers of one name: the API server rejects it after the webhook has answered.
  const kept = originals.size > 0 && new Set(outcomes.filter(isBehindProxy).map(({ position }) => position.name))
  let changed = false
  for (const { position, decision } of outcomes) {
    if (position.name === '') continue
    if (decision.action === 'rewrite') {
      changed ||= originals.get(position.name) !== position.image
      originals.set(position.name, position.image)
    } else if (kept && !kept.has(position.name)) {
      changed = originals.delete(position.name) || changed
    }
  }
  if (!changed) return before ?? undefined
  if (originals.size === 0) return undefined
  const value = JSON.stringify(Object.fromEntries(originals))
  const bytes = originalImages.length + Buffer.byteLength(value) + (annotations?.otherBytes ?? 0)
  return bytes <= annotationsLimit ? value : undefined
}

function isBehindProxy({ decision }: DecidedImage): boolean {
  return decision.action === 'rewrite' || decision.reason === 'already-proxied'
}
