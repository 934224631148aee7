import { arrayAt, isObject, objectAt, textAt, type JsonObject } from '../json.ts'

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
}

/** Where a workload keeps its Pod template: a PodTemplate, a CronJob, and everything else, custom kinds included. */
const templatePlaces: readonly Path[] = [
  ['template'],
  ['spec', 'jobTemplate', 'spec', 'template'],
  ['spec', 'template'],
]

/** Every Pod of a manifest, those of a list's items included. What is no Pod template by its form is passed over. */
export function podsOf(manifest: unknown, path: Path = []): FoundPod[] {
  if (!isObject(manifest)) return []
  if (isList(manifest))
    return arrayAt(manifest, 'items').flatMap((item, index) => podsOf(item, [...path, 'items', index]))
  if (manifest['kind'] === 'Pod') return [found(manifest, path, manifest)]
  return templatePlaces.flatMap((place) => {
    const template = place.reduce<unknown>((parent, key) => objectAt(parent, String(key)), manifest)
    return isPodTemplate(template) ? [found(manifest, [...path, ...place], template)] : []
  })
}

function isList(manifest: JsonObject): boolean {
  return textAt(manifest, 'kind')?.endsWith('List') === true && Array.isArray(manifest['items'])
}

function isPodTemplate(template: unknown): template is JsonObject {
  return Array.isArray(objectAt(template, 'spec')?.['containers'])
}

function found(manifest: JsonObject, path: Path, template: JsonObject): FoundPod {
  const metadata = objectAt(manifest, 'metadata')
  const name = textAt(metadata, 'name') ?? `${textAt(metadata, 'generateName') ?? ''}*`
  const namespace = textAt(metadata, 'namespace') ?? ''
  // The API server reads `metadata: null` as no metadata at all, and a patch must not look into it.
  const { metadata: own, ...rest } = template
  const pod = isObject(own) ? template : rest
  const workload = `${textAt(manifest, 'kind') ?? 'Pod'}/${name}`
  return { workload: namespace === '' ? workload : `${namespace}/${workload}`, namespace, path, pod }
}
