import { isObject, textAt, type JsonObject } from '../../json.ts'
import { tryParseReference } from '../../reference/reference.ts'
import type { Path } from './pods.ts'

/** An image in a place that no Pod template explains: some operator makes Pods of it, in a way that only it knows. */
export interface UnreadImage {
  /** `Cluster/db`, with the namespace before it where the manifest names one. */
  readonly owner: string
  /** `spec.imageName` */
  readonly path: string
  readonly image: string
}

/** More levels than any manifest has. */
const deepest = 200

/** `image`, `imageName`, `sidecarImage` … */
const imageKey = /^(?:image|imageName|.*Image)$/

/**
 * The images of a manifest that are in none of its Pods and Pod templates (`podPaths`), in the order of the document. Looked
 * for in kinds that are not Kubernetes' own: strings under `image`, `imageName` and `…Image`, and objects with a
 * `repository` and a `tag`, where they can be read as an image reference.
 */
export function unreadImagesOf(manifest: JsonObject | undefined, podPaths: readonly Path[]): UnreadImage[] {
  const explained = new Set(podPaths.map(keyOf))
  return manifest === undefined ? [] : search(manifest, [], manifest, explained)
}

function search(value: unknown, path: Path, owner: JsonObject, explained: ReadonlySet<string>): UnreadImage[] {
  if (path.length > deepest || explained.has(keyOf(path))) return []
  if (Array.isArray(value)) return value.flatMap((item, index) => search(item, [...path, index], owner, explained))
  if (!isObject(value)) return []
  const isManifest = textAt(value, 'kind') !== undefined && textAt(value, 'apiVersion') !== undefined
  if (isManifest && isBuiltIn(value) && !Array.isArray(value['items'])) return []
  const below = isManifest ? value : owner
  const found = (image: string, at: Path): UnreadImage[] =>
    isReference(image) ? [{ owner: nameOf(below), path: written(at), image }] : []
  const { repository, tag, registry } = value
  if (typeof repository === 'string' && (typeof tag === 'string' || typeof tag === 'number')) {
    const host = typeof registry === 'string' && registry !== '' ? `${registry}/` : ''
    return found(`${host}${repository}:${tag}`, path)
  }
  return Object.entries(value).flatMap(([key, child]) =>
    typeof child === 'string' && imageKey.test(key)
      ? found(child, [...path, key])
      : search(child, [...path, key], below, explained),
  )
}

/** Whether a kind is Kubernetes' own: its images are in Pods, of which all are found. */
function isBuiltIn(manifest: JsonObject): boolean {
  const [group = '', version] = (textAt(manifest, 'apiVersion') ?? '').split('/')
  return version === undefined || !group.includes('.') || group.endsWith('.k8s.io')
}

function isReference(text: string): boolean {
  return text !== '' && !('fault' in tryParseReference(text))
}

function nameOf(owner: JsonObject): string {
  const metadata = owner['metadata']
  const own = textAt(metadata, 'name') ?? `${textAt(metadata, 'generateName') ?? ''}*`
  const name = `${textAt(owner, 'kind') ?? ''}/${own}`
  const namespace = textAt(metadata, 'namespace')
  return namespace === undefined ? name : `${namespace}/${name}`
}

function keyOf(path: Path): string {
  return JSON.stringify(path)
}

/** `spec.templates[0].container.image` */
function written(path: Path): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`),
    '',
  )
}
