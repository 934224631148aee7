import type { Asker } from '../../decision/verdict.ts'
import { createHolders } from './holders.ts'
import { createPlaces, createShares } from './shares.ts'
import { createWaitingJobs, type WaitingJob } from './waitingJobs.ts'

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
 * Lets a bounded number of jobs run at once: overall, and for each host, Pod and namespace. Namespaces take turns, in each of
 * them its hosts, and at each host its Pods; the jobs of each run in their order. So nobody is held up by somebody else's long
 * queue, or by a host that is at its own limit. Hosts that have answered before come first, and have room of their own.
 */
export function createLimiter(options: LimiterOptions): Limiter {
  const { concurrency, perHost, maxWaiting, maxWait, hasAnswered = () => true } = options
  const isStranger = (host: string) => !hasAnswered(host)
  const shares = createShares({ concurrency, perHost, isStranger })
  const holders = createHolders(shares)
  const places = createPlaces(maxWaiting)
  const knownWaiting = createWaitingJobs()
  const strangersWaiting = createWaitingJobs()
  let closed = false

  /** Starts the job at once, in the share of `asker`, or of another who waits for it where that one has left. */
  function start<T>(host: string, asker: Asker, askers: readonly Asker[], job: () => Job<T>): Promise<T> {
    const started = { host, stranger: isStranger(host), askers, holder: holders.choose(asker, askers) }
    const end = () => {
      holders.end(started)
      startNext()
    }
    holders.begin(started)
    const { result, ended } = job()
    void ended.then(end, end)
    return result
  }

  function startNext(): void {
    for (const waitingJobs of [knownWaiting, strangersWaiting]) {
      while (shares.hasRoom()) {
        const next = waitingJobs.findNext(shares.isFull)
        if (next === undefined) break
        next.job.settle(next.asker)
      }
    }
  }

  /** Starts the job when it is its turn, and refuses it where that is not within the time to wait. */
  function startLater<T>(host: string, asker: Asker, job: () => Job<T>): Run<T> {
    const begun = Promise.withResolvers<undefined>()
    const result = Promise.withResolvers<T | undefined>()
    const stranger = isStranger(host)
    const waitingJobs = stranger ? strangersWaiting : knownWaiting
    const leavePlace = places.take(asker, stranger)
    const askers = [asker]
    const waitingJob: WaitingJob = {
      host,
      askers,
      settle: (by) => {
        clearTimeout(timer)
        leavePlace()
        waitingJobs.remove(waitingJob)
        begun.resolve(undefined)
        result.resolve(by === undefined ? undefined : start(host, by, askers, job))
      },
    }
    const timer = setTimeout(waitingJob.settle, maxWait, undefined).unref()
    waitingJobs.add(waitingJob)
    return {
      begun: begun.promise,
      result: result.promise,
      join: (other) => {
        const joined = holders.join(askers, other)
        if (joined !== undefined) waitingJobs.share(waitingJob, other, joined.replaced)
        startNext()
      },
    }
  }

  return {
    run<T>(host: string, asker: Asker, job: () => Job<T>): Run<T> {
      const isRoom = !closed && shares.mayStart(host, asker)
      if (!isRoom && !closed && places.hasRoom(asker, isStranger(host))) return startLater(host, asker, job)
      const askers = [asker]
      return {
        begun: Promise.resolve(),
        result: isRoom ? start(host, asker, askers, job) : Promise.resolve(undefined),
        join: (other) => {
          holders.join(askers, other)
        },
      }
    },
    leave: (asker) => {
      if (holders.leave(asker)) startNext()
    },
    close() {
      closed = true
      for (const { settle } of [...knownWaiting.all(), ...strangersWaiting.all()]) settle(undefined)
    },
  }
}
