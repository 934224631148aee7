import type { Asker } from '../decision/verdict.ts'
import { createWaitingJobs, type WaitingJob } from './waitingJobs.ts'

export interface Limiter {
  /** Runs `job` as soon as there is room for it at its host, and in the shares of whoever asks. */
  run<T>(host: string, asker: Asker, job: () => Job<T>): Run<T>
  /** Sends away what waits, and what comes. What runs goes on. */
  close(): void
}

export interface Job<T> {
  readonly result: Promise<T>
  /** Resolves when nothing of it is under way any more, which may be later than the result: its slot is held until then. */
  readonly ended: Promise<unknown>
}

export interface Run<T> {
  /** Resolves when the job starts, or is sent away. */
  readonly begun: Promise<unknown>
  /** Undefined where there was no room: too many wait, this one waited too long, or the limiter is closed. */
  readonly result: Promise<T | undefined>
  /** Somebody else waits for the same: it may start in the share of either. */
  join(asker: Asker): void
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

/** The part of the room that is not kept for hosts which have answered before: one Pod can name thousands that never will. */
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
  const running = createTally()
  const waiting = createTally()
  const knownWaiting = createWaitingJobs()
  const strangersWaiting = createWaitingJobs()
  let closed = false
  const pods = new WeakMap<Asker, number>()
  let lastPod = 0

  /** The key of what a host takes for one Pod. */
  function inPod(host: string, asker: Asker): string {
    const pod = pods.get(asker) ?? ++lastPod
    pods.set(asker, pod)
    return `${pod}/${host}`
  }

  const share = (total: number, part: number) => Math.max(1, Math.ceil(total * part))
  const isStranger = (host: string) => !hasAnswered(host)
  const isFullInPod = (host: string, asker: Asker) =>
    isStranger(host) && running.of(inPod(host, asker)) >= share(concurrency, strangerInPodShare)

  function fits(tally: Tally, total: number, asker: Asker, stranger: boolean): boolean {
    return (
      tally.all < total &&
      tally.of(asker) < share(total, podShare) &&
      tally.of(namespaceKey(asker)) < share(total, namespaceShare) &&
      (!stranger || tally.strangers < share(total, strangersShare))
    )
  }

  const mayStart = (host: string, asker: Asker): boolean =>
    running.of(host) < perHost && !isFullInPod(host, asker) && fits(running, concurrency, asker, isStranger(host))

  /** Starts the job at once, in the share of `asker`, who asked for it or joined. */
  function start<T>(host: string, asker: Asker, job: () => Job<T>): Promise<T> {
    const keys = [host, asker, namespaceKey(asker), inPod(host, asker)]
    const stranger = isStranger(host)
    const release = () => {
      running.remove(keys, stranger)
      startNext()
    }
    running.add(keys, stranger)
    const { result, ended } = job()
    void ended.then(release, release)
    return result
  }

  const isFull = {
    namespace: (namespace: string) => running.of(namespaceKey({ namespace })) >= share(concurrency, namespaceShare),
    pod: (asker: Asker, host: string) => running.of(asker) >= share(concurrency, podShare) || isFullInPod(host, asker),
    // One that has fallen silent since it was queued has lost the room of those that answer.
    host: (host: string) =>
      running.of(host) >= perHost || (isStranger(host) && running.strangers >= share(concurrency, strangersShare)),
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

  /** Has `settle` called when it is the turn of what waits, with whose share it starts in, or undefined where that never is. */
  function wait(host: string, asker: Asker, settle: WaitingJob['settle']): Run<unknown>['join'] {
    const keys = [asker, namespaceKey(asker)]
    const stranger = isStranger(host)
    const waitingJobs = stranger ? strangersWaiting : knownWaiting
    const waitingJob: WaitingJob = {
      host,
      settle: (by) => {
        clearTimeout(timer)
        waiting.remove(keys, stranger)
        waitingJobs.remove(waitingJob)
        settle(by)
      },
    }
    const timer = setTimeout(waitingJob.settle, maxWait, undefined).unref()
    waiting.add(keys, stranger)
    waitingJobs.add(waitingJob, asker)
    return (other) => {
      waitingJobs.share(waitingJob, other)
      startNext()
    }
  }

  return {
    run<T>(host: string, asker: Asker, job: () => Job<T>): Run<T> {
      const isRoom = !closed && mayStart(host, asker)
      if (isRoom || closed || !fits(waiting, maxWaiting, asker, isStranger(host))) {
        const result = isRoom ? start(host, asker, job) : Promise.resolve(undefined)
        return { begun: Promise.resolve(), result, join: () => undefined }
      }
      const begun = Promise.withResolvers<undefined>()
      const result = Promise.withResolvers<T | undefined>()
      const join = wait(host, asker, (by) => {
        begun.resolve(undefined)
        result.resolve(by === undefined ? undefined : start(host, by, job))
      })
      return { begun: begun.promise, result: result.promise, join }
    },
    close() {
      closed = true
      for (const { settle } of [...knownWaiting.all(), ...strangersWaiting.all()]) settle(undefined)
    },
  }
}

/** How many there are in all, of strangers, and by host, asker and namespace. */
interface Tally {
  readonly all: number
  readonly strangers: number
  of(key: Asker | string): number
  add(keys: readonly (Asker | string)[], stranger: boolean): void
  remove(keys: readonly (Asker | string)[], stranger: boolean): void
}

function createTally(): Tally {
  const counts = new Map<Asker | string, number>()
  let all = 0
  let strangers = 0
  const change = (keys: readonly (Asker | string)[], by: number) => {
    for (const key of keys) {
      const count = (counts.get(key) ?? 0) + by
      if (count === 0) counts.delete(key)
      else counts.set(key, count)
    }
  }
  return {
    get all() {
      return all
    },
    get strangers() {
      return strangers
    },
    of: (key) => counts.get(key) ?? 0,
    add(keys, stranger) {
      all++
      if (stranger) strangers++
      change(keys, 1)
    },
    remove(keys, stranger) {
      all--
      if (stranger) strangers--
      change(keys, -1)
    },
  }
}

/** Apart from hosts, which have no slash. */
function namespaceKey({ namespace }: Pick<Asker, 'namespace'>): string {
  return `/${namespace}`
}
