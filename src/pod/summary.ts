import { arrayAt, objectAt, textAt } from '../json.ts'
import { annotationsOf, ignoredContainersOf, ignoreLabel, mirrorPod, summarizeAnnotations } from './annotation.ts'
import type { AnnotationSummary } from './annotation.ts'
import { imagesOf, type ImagePosition } from './images.ts'

/**
 * A Pod as far as its patch needs it. A review may take megabytes and wait for a slow registry for seconds: this is what
 * is kept of it in the meantime.
 */
export interface PodSummary {
  readonly images: readonly ImagePosition[]
  /** A mirror Pod of the kubelet, or one with the label to be ignored: nothing of it is ever changed. */
  readonly isLeftAlone: boolean
  /** Names of containers (or `volume/NAME`) that the Pod's annotation opts out. */
  readonly ignoredContainers: ReadonlySet<string>
  /** The names in `imagePullSecrets`, in order; null where something else than a list is there. */
  readonly pullSecrets: readonly (string | undefined)[] | null | undefined
  /** Undefined where the Pod has no metadata. */
  readonly annotations: AnnotationSummary | undefined
}

/**
 * Reads a Pod that nobody has validated yet.
 *
 * @param isStorable whether a Pod of its size could be stored. Nothing is recorded in the annotations of another one.
 */
export function summarizePod(pod: unknown, isStorable = true): PodSummary {
  const annotations = annotationsOf(pod)
  const labels = objectAt(objectAt(pod, 'metadata'), 'labels')
  return {
    images: imagesOf(pod),
    isLeftAlone: annotations?.[mirrorPod] !== undefined || textAt(labels, ignoreLabel) === 'true',
    ignoredContainers: ignoredContainersOf(annotations),
    pullSecrets: pullSecretsOf(pod),
    annotations: summarizeAnnotations(pod, isStorable),
  }
}

/** Whether the Pod names `secret` among its `imagePullSecrets`. */
export function carriesPullSecret({ pullSecrets }: PodSummary, secret: string): boolean {
  return pullSecrets?.includes(secret) ?? false
}

function pullSecretsOf(pod: unknown): PodSummary['pullSecrets'] {
  const spec = objectAt(pod, 'spec')
  const value = spec?.['imagePullSecrets']
  if (Array.isArray(value)) return arrayAt(spec, 'imagePullSecrets').map((entry) => textAt(entry, 'name'))
  return value === undefined ? undefined : null
}
