import {
  AdmissionregistrationV1Api,
  BatchV1Api,
  CoordinationV1Api,
  CoreV1Api,
  EventsV1Api,
  PatchStrategy,
  ServerConfiguration,
  Watch,
  createConfiguration,
  setHeaderMiddleware,
  wrapHttpLibrary,
  type ConfigurationOptions,
} from '@kubernetes/client-node'
import { STATUS_CODES } from 'node:http'
import { ApiError, unreachable } from './apiError.ts'
import type { PooledKubeConfig } from './kubeConfig.ts'
import { createRateLimit } from './rateLimit.ts'
import { createHttpLibrary, type Delivery } from './requests.ts'

export interface RequestOptions extends Delivery {
  /** What a patch's body is: `ServerSideApply`, `JsonPatch`, `MergePatch`, `StrategicMergePatch`. */
  readonly patch?: keyof typeof PatchStrategy
}

export interface WatchHandler {
  /** The API server takes the watch. */
  opened(): void
  /** @param type ADDED, MODIFIED, DELETED, BOOKMARK or ERROR */
  event(type: string, object: unknown): void
}

/**
 * Access to a cluster's API server by the library's typed clients, at no more requests a second than configured.
 * Each of their calls rejects with an ApiError.
 */
export interface Api {
  /** The namespace of whoever asks. */
  readonly namespace: string
  readonly core: CoreV1Api
  readonly batch: BatchV1Api
  readonly events: EventsV1Api
  readonly coordination: CoordinationV1Api
  readonly admissionregistration: AdmissionregistrationV1Api
  /** The last argument of a call that differs from the others: `api.core.readNamespacedSecret({ … }, api.with({ urgent: true }))`. */
  with(options: RequestOptions): ConfigurationOptions
  /** Follows the objects at `path`. Resolves when the API server ends the watch. @throws ApiError */
  watch(
    path: string,
    query: Readonly<Record<string, string | undefined>>,
    handler: WatchHandler,
    signal: AbortSignal,
  ): Promise<void>
  /** Ends every connection: what is under way fails. */
  close(): void
}

/** The API server sends a bookmark about once a minute: a watch that is silent for longer has lost its connection. */
const silence = 150_000

/** Connects when the first request is made. */
export function createApi(
  config: PooledKubeConfig,
  { requestsPerSecond, userAgent = 'kubernetes-client' }: { requestsPerSecond: number; userAgent?: string },
): Api {
  const limit = createRateLimit(requestsPerSecond)
  const closing = new AbortController()
  const httpApi = (delivery: Delivery) =>
    wrapHttpLibrary(createHttpLibrary({ config, limit, closing: closing.signal }, delivery))
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(config.cluster().server, {}),
    httpApi: httpApi({}),
    middleware: [setHeaderMiddleware('User-Agent', userAgent)],
  })

  return {
    namespace: config.namespace(),
    core: new CoreV1Api(configuration),
    batch: new BatchV1Api(configuration),
    events: new EventsV1Api(configuration),
    coordination: new CoordinationV1Api(configuration),
    admissionregistration: new AdmissionregistrationV1Api(configuration),
    with: ({ patch, ...delivery }) => ({
      httpApi: httpApi(delivery),
      middleware: patch === undefined ? [] : [setHeaderMiddleware('Content-Type', PatchStrategy[patch])],
      middlewareMergeStrategy: 'append',
    }),
    async watch(path, query, handler, signal) {
      const went = await limit.take(true)
      const until = AbortSignal.any([signal, closing.signal])
      if (until.aborted) return
      const opened = (): void => {
        went()
        handler.opened()
      }
      await follow(config, { path, query, handler: { ...handler, opened }, until })
    },
    close: () => {
      closing.abort()
      config.close()
    },
  }
}

interface Following {
  readonly path: string
  readonly query: Readonly<Record<string, string | undefined>>
  readonly handler: WatchHandler
  readonly until: AbortSignal
}

/** The library's watch, which by itself takes half a minute without a change for a lost connection. */
function follow(config: PooledKubeConfig, { path, query, handler, until }: Following): Promise<void> {
  const watch = new Watch(config)
  Object.assign(watch, { requestTimeoutMs: silence })
  return new Promise((resolve, reject) => {
    const done = (error: unknown): void => {
      if (error === null || error === undefined || until.aborted) resolve()
      else reject(watchFault(error))
    }
    watch
      .watch(path, query, handler.event, done)
      .then((connection) => {
        if (connection.signal.aborted) return
        handler.opened()
        const stop = (): void => {
          connection.abort()
        }
        if (until.aborted) stop()
        else until.addEventListener('abort', stop, { signal: connection.signal })
      })
      .catch(done)
  })
}

/** The library tells a refusal's status and nothing else of it. */
function watchFault(error: unknown): ApiError {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 0
  if (status === 0) return unreachable(error)
  return new ApiError(
    `the API server answers ${status} to the watch: ${STATUS_CODES[status] ?? 'no reason given'}`,
    status,
  )
}
