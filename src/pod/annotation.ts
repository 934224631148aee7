import { isObject, objectAt, type JsonObject } from '../json.ts'
import type { DecidedImage } from './images.ts'

/** Holds what the webhook changed: a JSON object, container name (or `volume/NAME`) → reference as written. */
export const originalImages = 'image-proxy-webhook/original-images'

/** Names the containers (or `volume/NAME`) of a Pod that the webhook leaves alone, with commas between them. */
export const ignoreContainers = 'image-proxy-webhook/ignore-containers'

/** Labels a Pod or a namespace that the webhook leaves alone as a whole. */
export const ignoreLabel = 'image-proxy-webhook/ignore'

/** The kubelet sets it on the mirror Pod of a static Pod, and rejects a mirror that differs from its source. */
export const mirrorPod = 'kubernetes.io/config.mirror'

/** `TotalAnnotationSizeLimitB` of Kubernetes: past it the API server rejects the whole object. */
const annotationsLimit = 256 * 1024

export function annotationsOf(pod: unknown): JsonObject | undefined {
  return objectAt(objectAt(pod, 'metadata'), 'annotations')
}

/**
 * The value of the annotation `original-images` after `outcomes`, or undefined where there is nothing to record. What
 * an earlier admission recorded stays for images that are still behind the proxy, and goes for those that are not.
 */
export function recordOriginals(pod: unknown, outcomes: readonly DecidedImage[]): string | undefined {
  const annotations = annotationsOf(pod)
  const before = annotations?.[originalImages]
  const originals = new Map(recorded(before))
  // A name can be there twice: the API server looks at that later.
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
  if (!changed) return typeof before === 'string' ? before : undefined
  if (originals.size === 0) return undefined
  const value = JSON.stringify(Object.fromEntries(originals))
  return fits(annotations, value) ? value : undefined
}

function isBehindProxy({ decision }: DecidedImage): boolean {
  return decision.action === 'rewrite' || decision.reason === 'already-proxied'
}

function recorded(value: unknown): [string, string][] {
  if (typeof value !== 'string') return []
  try {
    const parsed: unknown = JSON.parse(value)
    return isObject(parsed)
      ? Object.entries(parsed).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      : []
  } catch {
    return []
  }
}

function fits(annotations: JsonObject | undefined, value: string): boolean {
  let size = originalImages.length + Buffer.byteLength(value)
  for (const key in annotations) {
    const text = annotations[key]
    if (key !== originalImages && typeof text === 'string') size += Buffer.byteLength(key) + Buffer.byteLength(text)
  }
  return size <= annotationsLimit
}
