import type { Asker } from '../decision/verdict.ts'

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
/** More askers than this wait for one job in vain: each costs memory, and Pods of few namespaces are enough to start it. */
const maxAskers = 16

interface Waiting {
  readonly host: string
  readonly askers: Asker[]
  readonly settle: (asker: Asker | undefined) => void
}

/** Who waits for one host, each with its jobs in their order. */
type Queue = Map<Asker, Set<Waiting>>

/**
 * Lets a bounded number of jobs run at once, overall and for each host, Pod and namespace. Hosts take turns, and so do those
 * who ask one of them; the jobs of each run in their order. So nobody is held up by somebody else's long queue, or by a host
 * that is at its own limit. Hosts that have answered before come first, and have room of their own.
 */
export function createLimiter(options: LimiterOptions): Limiter {
  const { concurrency, perHost, maxWaiting, maxWait, hasAnswered = () => true } = options
  const running = createTally()
  const waiting = createTally()
  const queues = new Map<string, Queue>()
  let closed = false

  const share = (total: number, part: number) => Math.max(1, Math.ceil(total * part))
  const isStranger = (host: string) => !hasAnswered(host)

  function fits(tally: Tally, total: number, asker: Asker, stranger: boolean): boolean {
    return (
      tally.all < total &&
      tally.of(asker) < share(total, podShare) &&
      tally.of(namespaceKey(asker)) < share(total, namespaceShare) &&
      (!stranger || tally.strangers < share(total, strangersShare))
    )
  }

  const mayStart = (host: string, asker: Asker): boolean =>
    running.of(host) < perHost && fits(running, concurrency, asker, isStranger(host))

  /** Starts the job at once, in the share of `asker`, who asked for it or joined. */
  function start<T>(host: string, asker: Asker, job: () => Job<T>): Promise<T> {
    const keys = [host, asker, namespaceKey(asker)]
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

  function startNext(): void {
    while (running.all < concurrency && (startOne(false) || startOne(true))) continue
  }

  /** Starts the next job of a host that has answered before, or of a stranger. */
  function startOne(strangers: boolean): boolean {
    for (const [host, queue] of queues) {
      if (isStranger(host) !== strangers) continue
      for (const [asker, jobs] of queue) {
        const [next] = jobs
        if (next === undefined || !mayStart(host, asker)) continue
        // Added anew, both come after the others that wait for their turn.
        queues.delete(host)
        queues.set(host, queue)
        queue.delete(asker)
        queue.set(asker, jobs)
        next.settle(asker)
        return true
      }
    }
    return false
  }

  function enqueue(entry: Waiting, asker: Asker): void {
    entry.askers.push(asker)
    const queue: Queue = queues.get(entry.host) ?? new Map<Asker, Set<Waiting>>()
    queues.set(entry.host, queue)
    const jobs = queue.get(asker) ?? new Set()
    queue.set(asker, jobs)
    jobs.add(entry)
  }

  function dequeue(entry: Waiting): void {
    const queue = queues.get(entry.host)
    for (const asker of entry.askers) {
      const jobs = queue?.get(asker)
      jobs?.delete(entry)
      if (jobs?.size === 0) queue?.delete(asker)
    }
    if (queue?.size === 0) queues.delete(entry.host)
  }

  /** Has `settle` called when it is the turn of what waits, with whose share it starts in, or undefined where that never is. */
  function wait(host: string, asker: Asker, settle: Waiting['settle']): Run<unknown>['join'] {
    const keys = [asker, namespaceKey(asker)]
    const stranger = isStranger(host)
    let isWaiting = true
    const entry: Waiting = {
      host,
      askers: [],
      settle: (by) => {
        isWaiting = false
        clearTimeout(timer)
        waiting.remove(keys, stranger)
        dequeue(entry)
        settle(by)
      },
    }
    const timer = setTimeout(entry.settle, maxWait, undefined).unref()
    waiting.add(keys, stranger)
    enqueue(entry, asker)
    return (other) => {
      if (!isWaiting || entry.askers.includes(other) || entry.askers.length >= maxAskers) return
      enqueue(entry, other)
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
      const waiting = [...queues.values()].flatMap((queue) => [...queue.values()].flatMap((jobs) => [...jobs]))
      for (const { settle } of new Set(waiting)) settle(undefined)
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
function namespaceKey({ namespace }: Asker): string {
  return `/${namespace}`
}
