import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { V1MutatingWebhookConfiguration, V1ObjectMeta, V1Secret } from '@kubernetes/client-node'
import jsonPatch, { type Operation } from 'fast-json-patch'
import { holdBack, refuse, reply, startStandIn, type StandIn } from './apiServer.ts'
import { letOthersGoOn } from './eventually.ts'
import { idOf, keyOfId, keyOfPath, matches, selectedName, type ObjectKey } from './objectKey.ts'

interface Stored {
  readonly metadata?: Pick<
    V1ObjectMeta,
    'name' | 'namespace' | 'uid' | 'resourceVersion' | 'labels' | 'ownerReferences' | 'managedFields'
  >
  readonly data?: Record<string, string>
  readonly type?: string
}

interface Change {
  readonly version: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly key: ObjectKey
  readonly object: Stored
}

export interface Asked {
  readonly method: string
  readonly path: string
  readonly userAgent: string
}

/** What is answered in place of what the objects would make of it. */
export interface Interception {
  readonly status: number
  /** The API server's own word, such as `NamespaceTerminating`. */
  readonly reason?: string
  readonly headers?: Record<string, string>
}

/** An API server that keeps objects in memory: Secrets, Leases, Events and MutatingWebhookConfigurations. */
export interface MemoryCluster extends Pick<StandIn, 'api' | 'connect' | 'kubeconfig' | 'asked' | 'close'> {
  readonly namespaces: Set<string>
  /** Answers with what this returns, where it returns something, and not with what the objects would make of it. */
  intercept: (asked: Asked) => Interception | undefined
  /** What is asked is done at once; where this returns something, it is answered only afterwards. */
  hold: (asked: Asked) => Promise<unknown> | undefined
  /** A Secret as it is now. */
  secret(namespace: string, name: string): V1Secret | undefined
  get(path: string): Stored | undefined
  /** As someone else writes an object. */
  put(path: string, object: Stored | V1Secret | V1MutatingWebhookConfiguration): void
  /** @param silently no watch is told of it */
  remove(path: string, silently?: boolean): void
  /** Every connection breaks, and no request is answered, until `start` is called. */
  stop(): void
  start(): void
  /** Resolves when nothing is asked any more. */
  quiet(): Promise<void>
}

export async function startMemoryCluster(): Promise<MemoryCluster> {
  const objects = new Map<string, Stored>()
  const changes: Change[] = []
  const watchers = new Map<ServerResponse, ObjectKey>()
  const namespaces = new Set(['home'])
  let version = 10
  let underWay = 0
  let isStopped = false

  function store(key: ObjectKey, object: Stored, silently = false): Stored {
    const before = objects.get(idOf(key))
    const { uid } = before?.metadata ?? {}
    const namespace = key.namespace === '' ? {} : { namespace: key.namespace }
    const stored = {
      ...object,
      metadata: {
        ...object.metadata,
        ...namespace,
        name: key.name,
        uid: uid ?? randomUUID(),
        resourceVersion: `${++version}`,
      },
    }
    objects.set(idOf(key), stored)
    if (!silently) tell({ version, type: before === undefined ? 'ADDED' : 'MODIFIED', key, object: stored })
    return stored
  }

  function tell(change: Change): void {
    changes.push(change)
    for (const [response, selected] of watchers) send(response, selected, change)
  }

  function send(response: ServerResponse, selected: ObjectKey, { type, key, object }: Change): void {
    if (matches(selected, key)) response.write(`${JSON.stringify({ type, object })}\n`)
  }

  function remove(path: string, silently = false): void {
    const key = keyOfPath(path)
    const object = objects.get(idOf(key))
    if (object === undefined) throw new Error(`there is no ${path}`)
    objects.delete(idOf(key))
    version++
    const metadata = { ...object.metadata, resourceVersion: `${version}` }
    if (!silently) tell({ version, type: 'DELETED', key, object: { ...object, metadata } })
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'https://localhost')
    const { method = '' } = request
    if (isStopped) {
      request.socket.destroy()
      return
    }
    const asked = { method, path: pathname, userAgent: request.headers['user-agent'] ?? '' }
    const intercepted = cluster.intercept(asked)
    if (intercepted !== undefined) {
      const { status, reason = 'Scripted', headers } = intercepted
      refuse(response, status, reason, 'as the test has it', headers)
      return
    }
    const held = cluster.hold(asked)
    if (held !== undefined) holdBack(response, held)
    const key = keyOfPath(pathname)
    const selected = key.name === '' ? { ...key, name: selectedName(searchParams) } : key
    if (searchParams.has('watch')) follow(response, selected, Number(searchParams.get('resourceVersion')))
    else if (method === 'GET') get(response, key, selected)
    else write(request, response, key, searchParams, await text(request))
  }

  function follow(response: ServerResponse, selected: ObjectKey, since: number): void {
    response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders()
    for (const change of changes) if (change.version > since) send(response, selected, change)
    watchers.set(response, selected)
    response.on('close', () => watchers.delete(response))
  }

  function get(response: ServerResponse, key: ObjectKey, selected: ObjectKey): void {
    if (key.name === '') {
      const items = [...objects].flatMap(([id, object]) => (matches(selected, keyOfId(id)) ? [object] : []))
      reply(response, 200, { metadata: { resourceVersion: `${version}` }, items })
      return
    }
    const object = objects.get(idOf(key))
    if (object === undefined) refuse(response, 404, 'NotFound', `${key.collection} "${key.name}" not found`)
    else reply(response, 200, object)
  }

  function write(
    request: IncomingMessage,
    response: ServerResponse,
    key: ObjectKey,
    query: URLSearchParams,
    content: string,
  ): void {
    const body = JSON.parse(content) as Stored
    const target = key.name === '' ? { ...key, name: body.metadata?.name ?? '' } : key
    const present = objects.get(idOf(target))
    const conflict = (reason = 'Conflict'): void => {
      refuse(response, 409, reason, `${target.collection} "${target.name}": ${reason}`)
    }
    if (present === undefined && target.namespace !== '' && !namespaces.has(target.namespace)) {
      refuse(response, 404, 'NotFound', `namespaces "${target.namespace}" not found`)
    } else if (request.method === 'POST') {
      if (present === undefined) reply(response, 201, store(target, withManager(body, request)))
      else conflict('AlreadyExists')
    } else if (request.method === 'PUT') {
      if (present === undefined) refuse(response, 404, 'NotFound', 'not found')
      else if (body.metadata?.resourceVersion !== present.metadata?.resourceVersion) conflict()
      else reply(response, 200, store(target, withManager(body, request)))
    } else if (request.headers['content-type'] === 'application/apply-patch+yaml') {
      const manager = query.get('fieldManager') ?? ''
      const { uid } = body.metadata ?? {}
      const isManaged = present?.metadata?.managedFields?.some((entry) => entry.manager === manager) ?? true
      if (uid !== undefined && uid !== present?.metadata?.uid) conflict()
      else if (query.get('force') !== 'true' && !isManaged) conflict()
      else
        reply(
          response,
          200,
          store(target, { ...present, ...body, metadata: { ...body.metadata, managedFields: [{ manager }] } }),
        )
    } else if (present === undefined) {
      refuse(response, 404, 'NotFound', 'not found')
    } else {
      const patched = afterPatch(present, JSON.parse(content) as Operation[])
      if (patched === undefined) refuse(response, 422, 'Invalid', 'the server rejected our request')
      else reply(response, 200, store(target, patched))
    }
  }

  const standIn = await startStandIn((request, response) => {
    const isWatch = request.url?.includes('watch=') ?? false
    if (!isWatch) {
      underWay++
      response.on('close', () => underWay--)
    }
    void answer(request, response)
  })

  const cluster: MemoryCluster = {
    ...standIn,
    namespaces,
    intercept: () => undefined,
    hold: () => undefined,
    secret: (namespace, name) => objects.get(`secrets/${namespace}/${name}`),
    get: (path) => objects.get(idOf(keyOfPath(path))),
    put: (path, object) => {
      store(keyOfPath(path), object)
    },
    remove,
    stop: () => {
      isStopped = true
      standIn.breakConnections()
    },
    start: () => {
      isStopped = false
    },
    async quiet() {
      for (let still = 0, before = -1; still < 3;) {
        await letOthersGoOn()
        still = underWay === 0 && standIn.asked.length === before ? still + 1 : 0
        before = standIn.asked.length
      }
    },
  }
  return cluster
}

/** Undefined where one of the patch's tests fails. */
function afterPatch(object: Stored, operations: readonly Operation[]): Stored | undefined {
  try {
    return jsonPatch.applyPatch(object, operations, true, false).newDocument
  } catch {
    return undefined
  }
}

/** The API server takes the user agent for the field manager where none is named. */
function withManager(object: Stored, request: IncomingMessage): Stored {
  const manager = request.headers['user-agent'] ?? ''
  return { ...object, metadata: { ...object.metadata, managedFields: [{ manager }] } }
}
