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

/** One value that changes, by its place in the Pod; absent where `from` or `to` is undefined. */
interface Change {
  readonly path: readonly (string | number)[]
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
): Operation[] {
  const changes = [
    ...imageChanges(outcomes),
    ...(pullSecret === undefined ? [] : pullSecretChanges(pod, outcomes, pullSecret)),
    ...(annotate ? annotationChanges(pod, outcomes) : []),
  ]
  if (changes.length === 0) return []
  const before = parentsOf(pod)
  const after = parentsOf(pod)
  for (const { path, from, to } of changes) {
    if (from !== undefined) put(before, path, from)
    if (to !== undefined) put(after, path, to)
  }
  return jsonPatch.compare(before, after)
}

type Tree = Record<string | number, unknown>

/** The parents that a patch can rely on, empty. */
function parentsOf({ annotations }: PodSummary): Tree {
  return annotations === undefined ? { spec: {} } : { spec: {}, metadata: {} }
}

/** Lists are objects by index here: the paths of a patch are the same, and what does not change need not be there. */
function put(tree: Tree, [key = '', ...rest]: Change['path'], value: unknown): void {
  if (rest.length === 0) tree[key] = value
  else put((tree[key] ??= {}) as Tree, rest, value)
}

function imageChanges(outcomes: readonly DecidedImage[]): Change[] {
  return outcomes.flatMap(({ position: { list, index, image }, decision: { location } }) => {
    if (location === undefined) return []
    const path = ['spec', list, index, 'image', ...(list === 'volumes' ? ['reference'] : [])]
    return { path, from: image, to: location }
  })
}

function pullSecretChanges(pod: PodSummary, outcomes: readonly DecidedImage[], name: string): Change[] {
  const needed = outcomes.some(({ decision }) => decision.action !== 'leave')
  if (!needed || carriesPullSecret(pod, name)) return []
  const path = ['spec', 'imagePullSecrets']
  const { pullSecrets } = pod
  return pullSecrets == null
    ? [{ path, from: pullSecrets, to: [{ name }] }]
    : [{ path, from: pullSecrets.map(() => null), to: [...pullSecrets.map(() => null), { name }] }]
}

function annotationChanges({ annotations }: PodSummary, outcomes: readonly DecidedImage[]): Change[] {
  const before = annotations?.original
  const after = recordOriginals(annotations, outcomes)
  if (before === after) return []
  const path = ['metadata', 'annotations']
  const only = (value: unknown) => (value === undefined ? {} : { [originalImages]: value })
  const form = annotations?.form ?? 'absent'
  const from = form === 'map' ? only(before) : form === 'other' ? null : undefined
  return [{ path, from, to: only(after) }]
}
