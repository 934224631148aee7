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

interface Queue {
  running: number
  /** In the order of their arrival. */
  readonly waiting: Set<(admitted: boolean) => void>
}

/**
 * Lets a bounded number of jobs run at once, overall and for each host. Hosts take turns, and the jobs of one host run
 * in their order, so that a host with many jobs, or at its own limit, does not hold up the others.
 *
 * @param maxWait milliseconds.
 */
export function createLimiter({
  concurrency,
  perHost,
  maxWaiting,
  maxWait,
}: {
  concurrency: number
  perHost: number
  maxWaiting: number
  maxWait: number
}): Limiter {
  const queues = new Map<string, Queue>()
  /** Hosts with jobs that wait for nothing but their host's turn. */
  const turns = new Set<string>()
  let running = 0
  let waiting = 0
  let closed = false

  function admit(host: string): true | Promise<boolean> {
    const queue = queues.get(host) ?? { running: 0, waiting: new Set() }
    if (closed) return Promise.resolve(false)
    if (running < concurrency && queue.running < perHost) {
      queues.set(host, queue)
      start(queue)
      return true
    }
    if (waiting >= maxWaiting) return Promise.resolve(false)

    queues.set(host, queue)
    if (queue.running < perHost) turns.add(host)
    waiting++
    return new Promise((resolve) => {
      const settle = (admitted: boolean) => {
        clearTimeout(timer)
        queue.waiting.delete(settle)
        waiting--
        resolve(admitted)
        if (!admitted) tidy(host, queue)
      }
      const timer = setTimeout(settle, maxWait, false).unref()
      queue.waiting.add(settle)
    })
  }

  function start(queue: Queue) {
    running++
    queue.running++
  }

  function leave(host: string) {
    const queue = queues.get(host)
    if (queue === undefined) return
    running--
    queue.running--
    if (queue.waiting.size > 0) turns.add(host)
    else tidy(host, queue)
    admitNext()
  }

  function admitNext() {
    for (const host of turns) {
      if (running >= concurrency) return
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
    turns.delete(host)
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
