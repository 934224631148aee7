/** How much may be under way at once: in all, and of one kind. */
export interface Bounds {
  readonly most: number
  readonly mostOfKind: number
}

export interface BoundedConcurrency {
  /**
   * Calls `job` as soon as there is room: jobs of one kind in their order, and the kinds that wait take turns. A job that
   * has nothing to wait for takes no room.
   * @returns what `job` returns where there is room now, else a promise of it
   */
  run<T>(kind: string, job: () => T | Promise<T>): T | Promise<T>
  /** Whether a job of this kind would be called now. */
  hasRoom(kind: string): boolean
}

/** Milliseconds after which others have a turn while jobs that have nothing to wait for follow each other. */
const slice = 10

interface Queue {
  running: number
  /** In the order of their arrival. */
  readonly waiting: Set<() => void>
}

/** Makes those jobs wait that would be too many at once. The work of each start and each end is the same however many wait. */
export function boundedConcurrency({ most, mostOfKind }: Bounds): BoundedConcurrency {
  const queues = new Map<string, Queue>()
  /** Kinds with jobs that wait for nothing but room in all. */
  const turns = new Set<string>()
  let running = 0
  let isPaused = false

  function queueOf(kind: string): Queue {
    const known = queues.get(kind)
    if (known !== undefined) return known
    const queue = { running: 0, waiting: new Set<() => void>() }
    queues.set(kind, queue)
    return queue
  }

  function start<T>(kind: string, queue: Queue, job: () => T | Promise<T>): T | Promise<T> {
    const result = job()
    if (!(result instanceof Promise)) return result
    running++
    queue.running++
    const leave = () => {
      running--
      queue.running--
      if (queue.waiting.size > 0) turns.add(kind)
      startWaiting()
    }
    result.then(leave, leave)
    return result
  }

  function startWaiting(): void {
    if (isPaused) return
    const started = performance.now()
    for (const kind of turns) {
      if (running >= most) return
      if (performance.now() - started > slice) {
        isPaused = true
        setImmediate(() => {
          isPaused = false
          startWaiting()
        })
        return
      }
      turns.delete(kind)
      const queue = queueOf(kind)
      const [next] = queue.waiting
      if (next === undefined) continue
      queue.waiting.delete(next)
      next()
      // Added anew, a kind comes after the others that wait for their turn.
      if (queue.waiting.size > 0 && queue.running < mostOfKind) turns.add(kind)
    }
  }

  function hasRoom(kind: string): boolean {
    const queue = queueOf(kind)
    return queue.waiting.size === 0 && queue.running < mostOfKind && running < most
  }

  return {
    hasRoom,
    run(kind, job) {
      const queue = queueOf(kind)
      if (hasRoom(kind)) return start(kind, queue, job)
      if (queue.running < mostOfKind) turns.add(kind)
      return new Promise((resolve) => {
        queue.waiting.add(() => {
          // What `job` throws is to reject the promise.
          resolve(
            new Promise((settle) => {
              settle(start(kind, queue, job))
            }),
          )
        })
      })
    },
  }
}
