import { isObject, objectAt, textAt, type JsonObject } from '../../json.ts'

/** The way to a value within a document: keys and indexes. */
export type Path = readonly (string | number)[]

/** A Pod, or the template of one, within a manifest. */
export interface FoundPod {
  /** `Deployment/api`, with the namespace before it where the manifest names one. */
  readonly workload: string
  readonly namespace: string
  readonly path: Path
  /** `metadata` and `spec` are a Pod's. */
  readonly pod: JsonObject
  /** Why the API server would not ask the webhook about it, as a clause; absent where it would, or where nothing tells. */
  readonly notAsked?: string
}

/** More levels than any manifest has. */
const deepest = 200

/** `template` is everybody's word, in custom kinds with others before it: `podTemplate`, `workerTemplate`. */
const templateKey = /template$/i

/**
 * Every Pod and every Pod template of a manifest, in the order of the document, however deep it is: in the items of a
 * list, in a workload, in a part of one. What is no Pod template by its form is passed over.
 */
export function podsOf(manifest: unknown): FoundPod[] {
  return isObject(manifest) ? search(manifest, [], manifest) : []
}

/** @param owner the Kubernetes object that `value` is part of */
function search(value: unknown, path: Path, owner: JsonObject): FoundPod[] {
  if (path.length > deepest) return []
  if (Array.isArray(value)) return value.flatMap((item, index) => search(item, [...path, index], owner))
  if (!isObject(value)) return []
  if (isPod(value)) return [found(value, path, value)]
  if (isTemplate(value, path)) return [found(owner, path, value)]
  const below = isManifest(value) ? value : owner
  return Object.entries(value).flatMap(([key, child]) => search(child, [...path, key], below))
}

function isPod(value: JsonObject): boolean {
  return value['kind'] === 'Pod' && hasContainers(value)
}

function isTemplate(value: JsonObject, path: Path): boolean {
  const key = path.at(-1)
  return typeof key === 'string' && templateKey.test(key) && hasContainers(value)
}

function hasContainers(value: JsonObject): boolean {
  return Array.isArray(objectAt(value, 'spec')?.['containers'])
}

/** An object of its own: others have a `kind` to name something else, or a variant. */
function isManifest(value: JsonObject): boolean {
  return textAt(value, 'kind') !== undefined && ('apiVersion' in value || 'metadata' in value)
}

function found(owner: JsonObject, path: Path, template: JsonObject): FoundPod {
  const metadata = objectAt(owner, 'metadata')
  const name = textAt(metadata, 'name') ?? `${textAt(metadata, 'generateName') ?? ''}*`
  const namespace = textAt(metadata, 'namespace') ?? ''
  // The API server reads `metadata: null` as no metadata at all, and a patch must not look into it.
  const { metadata: own, ...rest } = template
  const pod = isObject(own) ? template : rest
  const workload = `${textAt(owner, 'kind') ?? 'Pod'}/${name}`
  return { workload: namespace === '' ? workload : `${namespace}/${workload}`, namespace, path, pod }
}
