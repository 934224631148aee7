export interface Limiter {
  /**
   * Runs a job as soon as there is room for it. Undefined where there is none: too many wait, this one waited too
   * long, or the limiter is closed.
   */
  run<T>(host: string, job: () => Promise<T>): Promise<T | undefined>
  /** Sends away what waits, and what comes. What runs goes on. */
  close(): void
  /** How many hosts have jobs that run or wait. */
  readonly hosts: number
}

/** What hosts of one kind may take. */
interface Lane {
  readonly concurrency: number
  readonly maxWaiting: number
  running: number
  waiting: number
  /** Hosts with jobs that wait for nothing but their host's turn. */
  readonly turns: Set<string>
}

interface Queue {
  readonly lane: Lane
  running: number
  /** In the order of their arrival. */
  readonly waiting: Set<(admitted: boolean) => void>
}

/** The part of the room that is not kept for hosts which have answered before. */
const strangersShare = 0.75

/**
 * Lets a bounded number of jobs run at once, overall and for each host. Hosts take turns, and the jobs of one host run
 * in their order, so that a host with many jobs, or at its own limit, does not hold up the others. Hosts that have
 * never answered leave room for those that have: one Pod can name thousands of which none ever will.
 *
 * @param maxWait milliseconds.
 * @param hasAnswered whether a host is known to answer.
 */
export function createLimiter({
  concurrency,
  perHost,
  maxWaiting,
  maxWait,
  hasAnswered = () => true,
}: {
  concurrency: number
  perHost: number
  maxWaiting: number
  maxWait: number
  hasAnswered?: (host: string) => boolean
}): Limiter {
  const queues = new Map<string, Queue>()
  const known = openLane(concurrency, maxWaiting)
  const strangers = openLane(Math.ceil(concurrency * strangersShare), Math.ceil(maxWaiting * strangersShare))
  let closed = false

  const hasRoom = (lane: Lane) => known.running + strangers.running < concurrency && lane.running < lane.concurrency
  const mayWait = (lane: Lane) => known.waiting + strangers.waiting < maxWaiting && lane.waiting < lane.maxWaiting

  function admit(host: string): true | Promise<boolean> {
    const queue = queues.get(host) ?? { lane: hasAnswered(host) ? known : strangers, running: 0, waiting: new Set() }
    const { lane } = queue
    if (closed) return Promise.resolve(false)
    if (hasRoom(lane) && queue.running < perHost) {
      queues.set(host, queue)
      start(queue)
      return true
    }
    if (!mayWait(lane)) return Promise.resolve(false)

    queues.set(host, queue)
    if (queue.running < perHost) lane.turns.add(host)
    lane.waiting++
    return new Promise((resolve) => {
      const settle = (admitted: boolean) => {
        clearTimeout(timer)
        queue.waiting.delete(settle)
        lane.waiting--
        resolve(admitted)
        if (!admitted) tidy(host, queue)
      }
      const timer = setTimeout(settle, maxWait, false).unref()
      queue.waiting.add(settle)
    })
  }

  function start(queue: Queue) {
    queue.running++
    queue.lane.running++
  }

  function leave(host: string) {
    const queue = queues.get(host)
    if (queue === undefined) return
    queue.running--
    queue.lane.running--
    if (queue.waiting.size > 0) queue.lane.turns.add(host)
    else tidy(host, queue)
    admitNext(known)
    admitNext(strangers)
  }

  function admitNext(lane: Lane) {
    const { turns } = lane
    for (const host of turns) {
      if (!hasRoom(lane)) return
      turns.delete(host)
      const queue = queues.get(host)
      const [next] = queue?.waiting ?? []
      if (queue === undefined || next === undefined) continue
      start(queue)
      next(true)
      // Added anew, the host comes after those that wait for their turn.
      if (queue.waiting.size > 0 && queue.running < perHost) turns.add(host)
    }
  }

  function tidy(host: string, queue: Queue) {
    if (queue.running > 0 || queue.waiting.size > 0) return
    queues.delete(host)
    queue.lane.turns.delete(host)
  }

  return {
    async run(host, job) {
      const admitted = admit(host)
      if (admitted !== true && !(await admitted)) return undefined
      try {
        return await job()
      } finally {
        leave(host)
      }
    },
    get hosts() {
      return queues.size
    },
    close() {
      closed = true
      for (const { waiting } of [...queues.values()]) for (const settle of waiting) settle(false)
    },
  }
}

function openLane(concurrency: number, maxWaiting: number): Lane {
  return { concurrency, maxWaiting, running: 0, waiting: 0, turns: new Set() }
}
