import { arrayAt, isObject, objectAt, textAt, type JsonObject } from '../../json.ts'
import type { Path } from './pods.ts'

const ofWorkload: Path = ['spec', 'template']

/** Where Kubernetes' own kinds have their Pod template; a Pod is its own. */
const templates: Readonly<Record<string, Path>> = {
  Pod: [],
  PodTemplate: ['template'],
  ReplicationController: ofWorkload,
  ReplicaSet: ofWorkload,
  Deployment: ofWorkload,
  StatefulSet: ofWorkload,
  DaemonSet: ofWorkload,
  Job: ofWorkload,
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
}

/**
 * Why Pods of a manifest, or of the items of a list, cannot be read, a sentence each: their containers are no list. The API
 * server refuses them, too.
 */
export function brokenPodsOf(manifest: JsonObject | undefined): string[] {
  const kind = textAt(manifest, 'kind') ?? ''
  const path = templates[kind]
  if (path === undefined) {
    return arrayAt(manifest, 'items').flatMap((item) => (isObject(item) ? brokenPodsOf(item) : []))
  }
  const template = path.reduce<JsonObject | undefined>((value, key) => objectAt(value, String(key)), manifest)
  const containers = objectAt(template, 'spec')?.['containers']
  if (containers === undefined || Array.isArray(containers)) return []
  const name = textAt(objectAt(manifest, 'metadata'), 'name') ?? '*'
  const given = isObject(containers) ? 'a map' : 'a plain value'
  return [`${kind}/${name}: ${[...path, 'spec', 'containers'].join('.')}: expected a list, not ${given}`]
}
