import { text } from 'node:stream/consumers'
import type { IncomingMessage, ServerResponse } from 'node:http'
import jsonPatch, { type Operation } from 'fast-json-patch'
import { isObject, objectAt, textAt, type JsonObject } from '../../src/json.ts'
import { refuse, reply, startStandIn, type StandIn } from './apiServer.ts'

export function nameOf(object: JsonObject): string {
  return textAt(objectAt(object, 'metadata'), 'name') ?? ''
}

function namespaceOf(object: JsonObject): string {
  return textAt(objectAt(object, 'metadata'), 'namespace') ?? ''
}

function uidOf(object: JsonObject): string {
  return textAt(objectAt(object, 'metadata'), 'uid') ?? ''
}

function versionOf(object: JsonObject): string {
  return textAt(objectAt(object, 'metadata'), 'resourceVersion') ?? ''
}

/** An API server with Pods and Jobs in memory, and a test in place of the kubelet and the controllers. */
export interface PodCluster extends Pick<StandIn, 'api' | 'asked' | 'close' | 'breakConnections'> {
  /** What was written, in order: `DELETE my-app/api-1`. */
  readonly writes: readonly string[]
  /** Adds a Pod or a Job, or changes it. */
  put(object: JsonObject): void
  /** Takes a Pod away. */
  remove(name: string): void
  /** Has a Pod run. */
  run(name: string): void
  find(name: string): JsonObject | undefined
  /** The Pods there are. */
  pods(): readonly JsonObject[]
  /** Answers writes with this status, where it is one. */
  refuseWrites(status: number | undefined): void
}

export interface PodClusterOptions {
  /** Called when a Pod has been deleted: what a controller would do. */
  readonly deleted?: (pod: JsonObject, cluster: PodCluster) => void
  /** Called when a Pod has been patched. */
  readonly patched?: (object: JsonObject, cluster: PodCluster) => void
  /** Called before a DELETE is answered: true where a finalizer holds the Pod. */
  readonly holds?: (pod: JsonObject) => boolean
  /** Whether an admission webhook is asked, which has a warning for an image that is no reference. Default: always. */
  readonly isAsked?: () => boolean
}

const namespaces: Readonly<Record<string, JsonObject>> = {
  'my-app': { labels: { 'kubernetes.io/metadata.name': 'my-app' } },
  other: { labels: { 'kubernetes.io/metadata.name': 'other' } },
  leaving: { labels: { 'kubernetes.io/metadata.name': 'leaving' }, deletionTimestamp: '2026-01-01T00:00:00Z' },
}

export async function startPodCluster(options: PodClusterOptions = {}): Promise<PodCluster> {
  const objects = new Map<string, JsonObject>()
  const watchers = new Set<ServerResponse>()
  /** What happened, for watches that go on from a version: a Pod may come between a list and the watch that follows it. */
  const history: { readonly at: number; readonly line: string }[] = []
  const writes: string[] = []
  let version = 10
  let refusal: number | undefined

  const isJob = (object: JsonObject): boolean => object['kind'] === 'Job'
  const isPending = (pod: JsonObject): boolean => textAt(objectAt(pod, 'status'), 'phase') === 'Pending'

  function tell(type: string, object: JsonObject): void {
    const line = `${JSON.stringify({ type, object })}\n`
    history.push({ at: version, line })
    for (const watcher of watchers) watcher.write(line)
  }

  function put(object: JsonObject): void {
    const before = objects.get(nameOf(object))
    const next = withNextVersion(object)
    objects.set(nameOf(object), next)
    if (isJob(next)) return
    const was = before !== undefined && isPending(before)
    if (isPending(next)) tell(was ? 'MODIFIED' : 'ADDED', next)
    else if (was) tell('DELETED', next)
  }

  function remove(name: string): void {
    const object = objects.get(name)
    objects.delete(name)
    if (object !== undefined && !isJob(object) && isPending(object)) tell('DELETED', withNextVersion(object))
  }

  function withNextVersion(object: JsonObject): JsonObject {
    return { ...object, metadata: { ...objectAt(object, 'metadata'), resourceVersion: String(++version) } }
  }

  function watch(response: ServerResponse, since: number): void {
    response.flushHeaders()
    for (const { at, line } of history) if (at > since) response.write(line)
    watchers.add(response)
    response.on('close', () => watchers.delete(response))
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'https://localhost')
    const [, plural = '', name = ''] = /(?:\/(namespaces|pods|jobs))(?:\/([^/]+))?$/.exec(url.pathname) ?? []
    if (request.method !== 'GET') await write(request, response, name)
    else if (url.searchParams.has('watch')) watch(response, Number(url.searchParams.get('resourceVersion')))
    else if (plural === 'namespaces') {
      const metadata = namespaces[name]
      if (metadata === undefined) refuse(response, 404, 'NotFound', 'no such namespace')
      else reply(response, 200, { metadata: { name, ...metadata } })
    } else if (name !== '') answerWith(response, objects.get(name))
    else
      reply(response, 200, { metadata: { resourceVersion: String(version) }, items: listed(plural, url.searchParams) })
  }

  function listed(plural: string, query: URLSearchParams): readonly JsonObject[] {
    const field = query.get('fieldSelector') ?? ''
    return [...objects.values()].filter((object) => {
      if (isJob(object) !== (plural === 'jobs')) return false
      return field.startsWith('metadata.name=')
        ? field.endsWith(`=${nameOf(object)}`)
        : field === '' || isPending(object)
    })
  }

  async function write(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
    const body: unknown = JSON.parse(await text(request))
    const object = objects.get(name)
    const isTried = request.url?.includes('dryRun=All') === true
    if (isTried && object !== undefined) reply(response, 200, object, warningAbout(body as Operation[]))
    else if (refusal !== undefined) refuse(response, refusal, 'Refused', 'not now')
    else if (object === undefined) refuse(response, 404, 'NotFound', 'no such object')
    else if (request.method === 'DELETE') deletePod(response, object, body)
    else patch(response, object, body)
  }

  function warningAbout(operations: readonly Operation[]): Record<string, string> {
    const images = operations.flatMap((operation) => (operation.op === 'replace' ? [String(operation.value)] : []))
    return options.isAsked?.() === false
      ? {}
      : { Warning: `299 - "image \\"${images.join()}\\" is left alone: no reference"` }
  }

  function deletePod(response: ServerResponse, pod: JsonObject, body: unknown): void {
    const wanted = objectAt(body, 'preconditions')
    if (textAt(wanted, 'uid') !== uidOf(pod) || textAt(wanted, 'resourceVersion') !== versionOf(pod)) {
      refuse(response, 409, 'Conflict', 'it has changed')
      return
    }
    writes.push(`DELETE ${namespaceOf(pod)}/${nameOf(pod)}`)
    reply(response, 200, pod)
    put({ ...pod, metadata: { ...objectAt(pod, 'metadata'), deletionTimestamp: '2026-01-01T00:00:00Z' } })
    if (options.holds?.(pod) === true) return
    remove(nameOf(pod))
    options.deleted?.(pod, cluster)
  }

  function patch(response: ServerResponse, object: JsonObject, body: unknown): void {
    const next = Array.isArray(body) ? patched(object, body as Operation[]) : merged(object, body)
    if (typeof next === 'number') {
      refuse(response, next, 'Refused', 'it has changed')
      return
    }
    writes.push(`PATCH ${namespaceOf(object)}/${nameOf(object)}`)
    put(next)
    reply(response, 200, objects.get(nameOf(object)))
    options.patched?.(next, cluster)
  }

  const { api, asked, close, breakConnections } = await startStandIn(
    (request, response) => void answer(request, response),
  )
  const cluster: PodCluster = {
    api,
    asked,
    writes,
    put,
    remove,
    breakConnections,
    run(name) {
      const pod = objects.get(name)
      const ran = { containerStatuses: [{ name: 'main', state: { running: {} } }] }
      if (pod !== undefined) put({ ...pod, status: { phase: 'Running', ...ran } })
    },
    find: (name) => objects.get(name),
    pods: () => [...objects.values()].filter((object) => !isJob(object)),
    refuseWrites: (status) => {
      refusal = status
    },
    async close() {
      for (const watcher of watchers) watcher.destroy()
      await close()
    },
  }
  return cluster
}

function answerWith(response: ServerResponse, object: JsonObject | undefined): void {
  if (object === undefined) refuse(response, 404, 'NotFound', 'no such object')
  else reply(response, 200, object)
}

/** The status of the refusal where a `test` fails. */
function patched(object: JsonObject, operations: readonly Operation[]): JsonObject | number {
  try {
    return jsonPatch.applyPatch(structuredClone(object), operations, true).newDocument
  } catch {
    return 422
  }
}

/** A JSON Merge Patch (RFC 7396), refused where it names another version. */
function merged(object: JsonObject, patch: unknown): JsonObject | number {
  const wanted = textAt(objectAt(patch, 'metadata'), 'resourceVersion')
  return wanted !== undefined && wanted !== versionOf(object) ? 409 : merge(object, patch as JsonObject)
}

function merge(object: JsonObject, patch: JsonObject): JsonObject {
  const next: Record<string, unknown> = { ...object }
  for (const [key, value] of Object.entries(patch)) {
    const before = next[key]
    if (value === null) Reflect.deleteProperty(next, key)
    else next[key] = isObject(value) ? merge(isObject(before) ? before : {}, value) : value
  }
  return next
}
