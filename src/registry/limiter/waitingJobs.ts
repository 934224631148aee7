import type { Asker } from '../../decision/verdict.ts'

/** A job that waits for a slot. */
export interface WaitingJob {
  readonly host: string
  /** In whose share it may start: any of these. */
  readonly askers: readonly Asker[]
  /** @param asker in whose share it starts; undefined where it is refused */
  settle(asker: Asker | undefined): void
}

/** Who has taken up a share, and so cannot start another job. */
export interface Fullness {
  namespace(namespace: string): boolean
  host(host: string): boolean
  /** Whether the asker has taken up its share, in all or at this host. */
  pod(asker: Asker, host: string): boolean
}

/** Jobs in the order in which they are to start. */
export interface WaitingJobs {
  add(job: WaitingJob): void
  /**
   * Lets a waiting job also take its turn among those of `asker`, who has joined it. Does nothing for a job that does
   * not wait any more.
   * @param replaced the asker whose place that one took, if any
   */
  share(job: WaitingJob, asker: Asker, replaced?: Asker): void
  remove(job: WaitingJob): void
  /** The next job that may start, with the asker whose share it takes. Others come before that asker from now on. */
  findNext(isFull: Fullness): { readonly job: WaitingJob; readonly asker: Asker } | undefined
  all(): readonly WaitingJob[]
}

/** Maps keep the order of insertion, so that what is added anew comes after the others that wait for their turn. */
type Pods = Map<Asker, Set<WaitingJob>>
type Hosts = Map<string, Pods>

/**
 * Finding the next job looks through the namespaces and through what is full, never through all waiting jobs. Few
 * hosts, Pods and namespaces can be full at once, since each of them then runs a good part of all running jobs.
 */
export function createWaitingJobs(): WaitingJobs {
  const namespaces = new Map<string, Hosts>()
  const all = new Set<WaitingJob>()

  function insert(job: WaitingJob, asker: Asker): void {
    const hosts = obtain(namespaces, asker.namespace, () => new Map<string, Pods>())
    const pods = obtain(hosts, job.host, () => new Map<Asker, Set<WaitingJob>>())
    obtain(pods, asker, () => new Set<WaitingJob>()).add(job)
  }

  function takeOut(job: WaitingJob, asker: Asker): void {
    const hosts = namespaces.get(asker.namespace)
    const pods = hosts?.get(job.host)
    const jobs = pods?.get(asker)
    jobs?.delete(job)
    if (jobs?.size === 0) pods?.delete(asker)
    if (pods?.size === 0) hosts?.delete(job.host)
    if (hosts?.size === 0) namespaces.delete(asker.namespace)
  }

  function find(isFull: Fullness): { job: WaitingJob; asker: Asker } | undefined {
    for (const [namespace, hosts] of namespaces) {
      if (isFull.namespace(namespace)) continue
      for (const [host, pods] of hosts) {
        if (isFull.host(host)) continue
        for (const [asker, jobs] of pods) {
          const [job] = jobs
          if (job !== undefined && !isFull.pod(asker, host)) return { job, asker }
        }
      }
    }
    return undefined
  }

  /** Moves the asker, its host and its namespace behind the others, so that these have their turn first. */
  function giveWay({ host }: WaitingJob, asker: Asker): void {
    const hosts = namespaces.get(asker.namespace)
    const pods = hosts?.get(host)
    moveToEnd(pods, asker)
    moveToEnd(hosts, host)
    moveToEnd(namespaces, asker.namespace)
  }

  return {
    add(job) {
      all.add(job)
      for (const asker of job.askers) insert(job, asker)
    },
    share(job, asker, replaced) {
      if (!all.has(job)) return
      if (replaced !== undefined) takeOut(job, replaced)
      insert(job, asker)
    },
    remove(job) {
      all.delete(job)
      for (const asker of job.askers) takeOut(job, asker)
    },
    findNext(isFull) {
      const next = find(isFull)
      if (next !== undefined) giveWay(next.job, next.asker)
      return next
    },
    all: () => [...all],
  }
}

function obtain<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const created = create()
  map.set(key, created)
  return created
}

function moveToEnd<K, V>(map: Map<K, V> | undefined, key: K): void {
  const value = map?.get(key)
  if (map === undefined || value === undefined) return
  map.delete(key)
  map.set(key, value)
}
