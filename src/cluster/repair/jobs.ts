import { setTimeout as pause } from 'node:timers/promises'
import type { V1Job, V1Pod } from '@kubernetes/client-node'
import { ApiError } from '../../kubernetes/apiError.ts'
import { createQueue } from '../../kubernetes/queue.ts'
import type { ObjectName, RepairApi, Written } from './repairApi.ts'
import { controllerOf, hasEverWorked } from './waitingPod.ts'

/** On a Job that the webhook has suspended and is going to resume. */
export const suspendedByUs = 'image-proxy-webhook/suspended'

/** What became of a Job's restart; `obstacle` is a clause that says why it must not be suspended. */
export type Restarted = Written | { readonly obstacle: string }

/** Has Jobs replace their Pods by being suspended and resumed, which counts as no failure: a deleted Pod does. */
export interface Jobs {
  /** Suspends a Job, which is resumed as soon as its Pods are gone. @throws ApiError */
  restart(job: ObjectName & { readonly uid: string }): Promise<Restarted>
  /** Resumes what an earlier leader suspended. @throws ApiError */
  resumeForgotten(): Promise<void>
  /** Resumes without delay what is being resumed. */
  stop(): Promise<void>
}

export interface JobsOptions {
  readonly api: RepairApi
  readonly resumed?: (job: ObjectName) => void
  readonly fault?: (job: ObjectName, sentence: string | undefined) => void
}

/** Milliseconds between two looks at a Job whose Pods are to go, and how many looks before it is resumed in any case. */
const interval = 250
const looks = 80
/** Kubernetes' own, which is what `managedBy` means where it is absent. */
const ownController = 'kubernetes.io/job-controller'

/** Why a Job must not be suspended, as a clause; undefined where it may be. */
export function obstacleToSuspension(job: V1Job, pods: readonly V1Pod[]): string | undefined {
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

export function createJobs({ api, resumed, fault }: JobsOptions): Jobs {
  const queue = createQueue({
    work: resumeLater,
    concurrency: 4,
    onError: (key, error) => {
      fault?.(nameOf(key), `a bug, please report it: ${String(error)}`)
    },
  })
  const underWay = new Set<Promise<unknown>>()
  let isStopping = false

  async function suspend({ uid, ...name }: ObjectName & { readonly uid: string }): Promise<Restarted> {
    const job = await api.job(name)
    if (job === undefined || job.metadata?.uid !== uid) return 'gone'
    const pods = (await api.podsOfJob(name)).filter((pod) => controllerOf(pod)?.uid === uid)
    const obstacle = obstacleToSuspension(job, pods)
    if (obstacle !== undefined) return { obstacle }
    return api.patchJob(name, {
      metadata: { resourceVersion: job.metadata.resourceVersion, annotations: { [suspendedByUs]: 'true' } },
      spec: { suspend: true },
    })
  }

  async function resumeLater(key: string): Promise<boolean> {
    const resuming = tryToResume(nameOf(key))
    underWay.add(resuming)
    try {
      return await resuming
    } finally {
      underWay.delete(resuming)
    }
  }

  /** @returns whether nothing is left to be done */
  async function tryToResume(name: ObjectName): Promise<boolean> {
    try {
      for (let left = looks; ; left--) {
        const job = await api.job(name)
        if (job === undefined || !isSuspendedByUs(job)) return true
        const isAnybodysTurn = isStopping || left === 0 || hasNoPods(job)
        if (isAnybodysTurn && (await resume(name, job)) !== 'changed') {
          fault?.(name, undefined)
          return true
        }
        if (left === 0) return false
        await pause(isStopping ? 0 : interval)
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      fault?.(name, error.message)
      return false
    }
  }

  /** Somebody else may have resumed it by now: then the annotation goes alone. */
  async function resume(name: ObjectName, job: V1Job): Promise<Written> {
    const written = await api.patchJob(name, {
      metadata: { resourceVersion: job.metadata?.resourceVersion, annotations: { [suspendedByUs]: null } },
      spec: { suspend: false },
    })
    if (written === 'done') resumed?.(name)
    return written
  }

  return {
    async restart(job) {
      const written = await suspend(job)
      if (written === 'done') queue.add(`${job.namespace}/${job.name}`)
      return written
    },
    resumeForgotten: () =>
      api.eachJob((job) => {
        const { namespace = '', name = '' } = job.metadata ?? {}
        if (isSuspendedByUs(job)) queue.add(`${namespace}/${name}`)
      }),
    async stop() {
      isStopping = true
      queue.stop()
      await Promise.allSettled(underWay)
    },
  }
}

function nameOf(key: string): ObjectName {
  const [namespace = '', name = ''] = key.split('/')
  return { namespace, name }
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
