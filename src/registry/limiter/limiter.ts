import { createCounts, type Counts } from '../../counts.ts'
import type { Asker } from '../../decision/verdict.ts'
import { createWaitingJobs, maxAskers, type WaitingJob } from './waitingJobs.ts'

export interface Limiter {
  /** Runs `job` as soon as there is room for it at its host, and in the shares of whoever asks. */
  run<T>(host: string, asker: Asker, job: () => Job<T>): Run<T>
  /**
   * An asker has its answer. Its running jobs count against the share of another asker who still waits for them, if
   * there is one.
   */
  leave(asker: Asker): void
  /** Refuses the jobs that wait and all later ones. Jobs that run go on. */
  close(): void
}

export interface Job<T> {
  readonly result: Promise<T>
  /** Resolves when all I/O of the job has ended, which may be after its result. Its slot is held until then. */
  readonly ended: Promise<unknown>
}

export interface Run<T> {
  /** Resolves when the job starts or is refused. */
  readonly begun: Promise<unknown>
  /** Undefined where there was no room: too many wait, this one waited too long, or the limiter is closed. */
  readonly result: Promise<T | undefined>
  /** Somebody else waits for the same: it may start in the share of either, and counts for one who has not left. */
  join(asker: Asker): void
}

/** Who waits for a job. Only the first few are remembered, because each takes memory. */
type Askers = Asker[]

/** A job under way, and in whose share. */
interface RunningJob {
  readonly host: string
  readonly stranger: boolean
  readonly askers: Askers
  holder: Asker
}

export interface LimiterOptions {
  /** Jobs at once, of all hosts and of one. */
  readonly concurrency: number
  readonly perHost: number
  readonly maxWaiting: number
  /** Milliseconds. */
  readonly maxWait: number
  /** Whether a host is known to answer. */
  readonly hasAnswered?: (host: string) => boolean
}

/**
 * The part of the room that is not kept for hosts which have answered before: one Pod can name thousands that never
 * will.
 */
const strangersShare = 0.75
/** The parts of the room that one Pod, and all Pods of one namespace, can take. */
const podShare = 1 / 4
const namespaceShare = 1 / 2
/** What a host that has not answered yet can take for one Pod, which may have images of others as well. */
const strangerInPodShare = 1 / 8

/**
 * Lets a bounded number of jobs run at once: overall, and for each host, Pod and namespace. Namespaces take turns, in each of
 * them its hosts, and at each host its Pods; the jobs of each run in their order. So nobody is held up by somebody else's long
 * queue, or by a host that is at its own limit. Hosts that have answered before come first, and have room of their own.
 */
export function createLimiter(options: LimiterOptions): Limiter {
  const { concurrency, perHost, maxWaiting, maxWait, hasAnswered = () => true } = options
  const running = createCounts<Asker | string>()
  const waiting = createCounts<Asker | string>()
  const knownWaiting = createWaitingJobs()
  const strangersWaiting = createWaitingJobs()
  let closed = false
  /** The jobs that run in the share of each asker. */
  const held = new Map<Asker, Set<RunningJob>>()
  const gone = new WeakSet<Asker>()
  const pods = new WeakMap<Asker, number>()
  let lastPod = 0

  /** The key under which the jobs of one Pod at one host are counted. */
  function inPod(host: string, asker: Asker): string {
    const pod = pods.get(asker) ?? ++lastPod
    pods.set(asker, pod)
    return `${pod}/${host}`
  }

  const share = (total: number, part: number) => Math.max(1, Math.ceil(total * part))
  const isStranger = (host: string) => !hasAnswered(host)
  const isFullInPod = (host: string, asker: Asker) =>
    isStranger(host) && running.of(inPod(host, asker)) >= share(concurrency, strangerInPodShare)

  function fits(counts: Counts<Asker | string>, total: number, asker: Asker, stranger: boolean): boolean {
    return (
      counts.all < total &&
      counts.of(asker) < share(total, podShare) &&
      counts.of(namespaceKey(asker)) < share(total, namespaceShare) &&
      (!stranger || counts.of(strangers) < share(total, strangersShare))
    )
  }

  const mayStart = (host: string, asker: Asker): boolean =>
    running.of(host) < perHost && !isFullInPod(host, asker) && fits(running, concurrency, asker, isStranger(host))

  function hold(job: RunningJob): void {
    running.add(keysOf(job))
    const jobs = held.get(job.holder) ?? new Set()
    held.set(job.holder, jobs.add(job))
  }
  function release(job: RunningJob): void {
    running.remove(keysOf(job))
    const jobs = held.get(job.holder)
    jobs?.delete(job)
    if (jobs?.size === 0) held.delete(job.holder)
  }
  const keysOf = ({ host, holder, stranger }: RunningJob) => [...keysFor(holder, stranger), host, inPod(host, holder)]
  const findStaying = (askers: Askers) => askers.find((asker) => !gone.has(asker))

  /** Starts the job at once, in the share of `asker`, or of another who waits for it where that one has left. */
  function start<T>(host: string, asker: Asker, askers: Askers, job: () => Job<T>): Promise<T> {
    const holder = gone.has(asker) ? (findStaying(askers) ?? asker) : asker
    const started = { host, stranger: isStranger(host), askers, holder }
    const end = () => {
      release(started)
      startNext()
    }
    hold(started)
    const { result, ended } = job()
    void ended.then(end, end)
    return result
  }

  function leave(asker: Asker): void {
    gone.add(asker)
    const moved = [...(held.get(asker) ?? [])].filter((job) => {
      const heir = findStaying(job.askers)
      if (heir === undefined) return false
      release(job)
      job.holder = heir
      hold(job)
      return true
    })
    if (moved.length > 0) startNext()
  }

  function join(askers: Askers, other: Asker): void {
    if (askers.includes(other)) return
    const place = askers.length < maxAskers ? askers.length : askers.findIndex((asker) => gone.has(asker))
    if (place >= 0) askers[place] = other
  }

  const isFull = {
    namespace: (namespace: string) => running.of(namespaceKey({ namespace })) >= share(concurrency, namespaceShare),
    pod: (asker: Asker, host: string) => running.of(asker) >= share(concurrency, podShare) || isFullInPod(host, asker),
    // The host may have fallen silent since the job was queued, and then has no right to the reserved room any more.
    host: (host: string) =>
      running.of(host) >= perHost || (isStranger(host) && running.of(strangers) >= share(concurrency, strangersShare)),
  }

  function startNext(): void {
    for (const waitingJobs of [knownWaiting, strangersWaiting]) {
      while (running.all < concurrency) {
        const next = waitingJobs.findNext(isFull)
        if (next === undefined) break
        next.job.settle(next.asker)
      }
    }
  }

  /**
   * Has `settle` called when it is the turn of what waits, with whose share it starts in, or undefined where that never
   * is.
   */
  function wait(host: string, asker: Asker, settle: WaitingJob['settle']): Run<unknown>['join'] {
    const stranger = isStranger(host)
    const keys = keysFor(asker, stranger)
    const waitingJobs = stranger ? strangersWaiting : knownWaiting
    const waitingJob: WaitingJob = {
      host,
      settle: (by) => {
        clearTimeout(timer)
        waiting.remove(keys)
        waitingJobs.remove(waitingJob)
        settle(by)
      },
    }
    const timer = setTimeout(waitingJob.settle, maxWait, undefined).unref()
    waiting.add(keys)
    waitingJobs.add(waitingJob, asker)
    return (other) => {
      waitingJobs.share(waitingJob, other)
      startNext()
    }
  }

  return {
    run<T>(host: string, asker: Asker, job: () => Job<T>): Run<T> {
      const askers = [asker]
      const isRoom = !closed && mayStart(host, asker)
      if (isRoom || closed || !fits(waiting, maxWaiting, asker, isStranger(host))) {
        const result = isRoom ? start(host, asker, askers, job) : Promise.resolve(undefined)
        return {
          begun: Promise.resolve(),
          result,
          join: (other) => {
            join(askers, other)
          },
        }
      }
      const begun = Promise.withResolvers<undefined>()
      const result = Promise.withResolvers<T | undefined>()
      const share = wait(host, asker, (by) => {
        begun.resolve(undefined)
        result.resolve(by === undefined ? undefined : start(host, by, askers, job))
      })
      return {
        begun: begun.promise,
        result: result.promise,
        join: (other) => {
          join(askers, other)
          share(other)
        },
      }
    },
    leave,
    close() {
      closed = true
      for (const { settle } of [...knownWaiting.all(), ...strangersWaiting.all()]) settle(undefined)
    },
  }
}

/** The key of hosts that have not answered, all together: an object, since any text may name a namespace. */
const strangers: Asker = { namespace: '' }

function keysFor(asker: Asker, stranger: boolean): (Asker | string)[] {
  const keys = [asker, namespaceKey(asker)]
  return stranger ? [...keys, strangers] : keys
}

/** Contains a slash, so that it cannot be the key of a host. */
function namespaceKey({ namespace }: Pick<Asker, 'namespace'>): string {
  return `/${namespace}`
}
