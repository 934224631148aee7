import { setTimeout as pause } from 'node:timers/promises'
import type { V1Job, V1Pod } from '@kubernetes/client-node'
import { ApiError } from '../../kubernetes/apiError.ts'
import { createQueue } from '../../kubernetes/queue.ts'
import type { ObjectName, RepairApi, Written } from './repairApi.ts'
import { controllerOf, hasEverWorked } from './waitingPod.ts'

/** On a Job that the webhook has suspended and is going to resume. */
export const suspendedByUs = 'image-proxy-webhook/suspended'
/** For whoever finds it there although the webhook is gone. */
const whatItMeans = 'for a moment, by image-proxy-webhook; should that be uninstalled, set spec.suspend to false'

/** What became of a Job's restart; `obstacle` is a clause that says why it must not be suspended. */
export type Restarted = Written | { readonly obstacle: string }

/** Has Jobs replace their Pods by being suspended and resumed, which counts as no failure: a deleted Pod does. */
export interface Jobs {
  /** Suspends a Job, which is resumed as soon as its Pods are gone. @throws ApiError */
  restart(job: ObjectName & { readonly uid: string }): Promise<Restarted>
  /** Resumes what an earlier leader suspended. @throws ApiError */
  resumeForgotten(): Promise<void>
  /** Resumes without delay what is suspended: the permission to do so may be gone in a moment. */
  hurry(): void
  /** Suspends nothing more, and resumes without delay what is suspended. */
  stop(): Promise<void>
}

export interface JobsOptions {
  readonly api: Pick<RepairApi, 'job' | 'podsOfJob' | 'patchJob' | 'eachJob'>
  readonly fault?: (job: ObjectName, sentence: string | undefined) => void
}

/** Milliseconds between two looks at a Job whose Pods are to go, and how many looks before it is resumed in any case. */
const interval = 250
const looks = 80
/** Kubernetes' own, which is what `managedBy` means where it is absent. */
const ownController = 'kubernetes.io/job-controller'

/** Why a Job must not be suspended, as a clause; undefined where it may be. */
function obstacleToSuspension(job: V1Job, pods: readonly V1Pod[]): string | undefined {
  const { spec, status } = job
  const manager = spec?.managedBy ?? ownController
  if (manager !== ownController) return `it is managed by ${manager}`
  const controller = controllerOf(job)
  if (controller !== undefined && controller.kind !== 'CronJob')
    return `it is controlled by ${controller.kind} ${controller.name}`
  if (spec?.suspend === true) return 'it is suspended'
  const ended = (status?.failed ?? 0) + (status?.succeeded ?? 0)
  return ended > 0 || pods.some(hasEverWorked) ? 'a Pod of it has run' : undefined
}

interface Suspended {
  readonly name: ObjectName
  /** Aborted where it is to be resumed without delay. */
  readonly hurry: AbortController
}

export function createJobs({ api, fault }: JobsOptions): Jobs {
  const suspended = new Map<string, Suspended>()
  const queue = createQueue({
    work: resumeLater,
    concurrency: 16,
    onError: (key, error) => {
      const name = suspended.get(key)?.name
      if (name !== undefined) fault?.(name, `a bug, please report it: ${String(error)}`)
    },
  })
  const underWay = new Set<Promise<unknown>>()
  let isStopping = false

  function track<T>(work: Promise<T>): Promise<T> {
    const tracked = work.finally(() => underWay.delete(tracked))
    underWay.add(tracked)
    return tracked
  }

  async function suspend({ uid, ...name }: ObjectName & { readonly uid: string }): Promise<Restarted> {
    const job = await api.job(name)
    if (job === undefined || job.metadata?.uid !== uid) return 'gone'
    const pods = (await api.podsOfJob(name)).filter((pod) => controllerOf(pod)?.uid === uid)
    const obstacle = obstacleToSuspension(job, pods)
    if (obstacle !== undefined) return { obstacle }
    // Nobody would be there to resume it.
    if (isStopping) return 'changed'
    const written = await api.patchJob(name, {
      metadata: { resourceVersion: job.metadata.resourceVersion, annotations: { [suspendedByUs]: whatItMeans } },
      spec: { suspend: true },
    })
    if (written === 'done') add(name)
    return written
  }

  function add(name: ObjectName): void {
    const key = `${name.namespace}/${name.name}`
    suspended.set(key, { name, hurry: new AbortController() })
    queue.add(key)
  }

  async function resumeLater(key: string): Promise<boolean> {
    const job = suspended.get(key)
    const isDone = job === undefined || (await track(tryToResume(job)))
    if (isDone) suspended.delete(key)
    return isDone
  }

  /** @returns whether nothing is left to be done */
  async function tryToResume({ name, hurry: { signal } }: Suspended): Promise<boolean> {
    try {
      for (let left = looks; ; left--) {
        const job = await api.job(name)
        if (job === undefined || !isSuspendedByUs(job)) return true
        const isItsTurn = signal.aborted || left === 0 || hasNoPods(job)
        if (isItsTurn && (await resume(name, job)) !== 'changed') {
          fault?.(name, undefined)
          return true
        }
        if (left === 0) return false
        if (!signal.aborted) await pause(interval, undefined, { signal }).catch(() => undefined)
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      fault?.(name, error.message)
      return false
    }
  }

  /** Somebody else may have resumed it by now: then the annotation goes alone. */
  function resume(name: ObjectName, job: V1Job): Promise<Written> {
    return api.patchJob(name, {
      metadata: { resourceVersion: job.metadata?.resourceVersion, annotations: { [suspendedByUs]: null } },
      spec: { suspend: false },
    })
  }

  function hurry(): void {
    for (const [key, { hurry }] of suspended) {
      hurry.abort()
      queue.add(key)
    }
  }

  return {
    restart: (job) => track(suspend(job)),
    resumeForgotten: () =>
      api.eachJob((job) => {
        const { namespace = '', name = '' } = job.metadata ?? {}
        if (isSuspendedByUs(job)) add({ namespace, name })
      }),
    hurry,
    async stop() {
      isStopping = true
      queue.stop()
      hurry()
      await Promise.allSettled(underWay)
      // Those whose turn had not come, or that were being suspended.
      hurry()
      await Promise.allSettled([...suspended.keys()].map(resumeLater))
    },
  }
}

function isSuspendedByUs({ metadata }: V1Job): boolean {
  return metadata?.annotations?.[suspendedByUs] !== undefined
}

/** Whether the suspension has come into effect, or is none any more. */
function hasNoPods({ spec, status }: V1Job): boolean {
  if (spec?.suspend !== true) return true
  const isSuspended = status?.conditions?.some(({ type, status }) => type === 'Suspended' && status === 'True')
  return isSuspended === true && (status?.active ?? 0) === 0
}
