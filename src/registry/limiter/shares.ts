import { createCounts, type Counts } from '../../counts.ts'
import type { Asker } from '../../decision/verdict.ts'
import type { Fullness } from './waitingJobs.ts'

/** What a job takes a part of the room for. */
export interface Claim {
  readonly host: string
  /** Whether the host has not answered yet. */
  readonly stranger: boolean
  /** In whose share. */
  readonly holder: Asker
}

/** What of the room for jobs that run each asker, namespace and host has taken. */
export interface Shares {
  /** Whether one more job may run at all. */
  hasRoom(): boolean
  /** Whether a job at this host may start in the share of `asker`. */
  mayStart(host: string, asker: Asker): boolean
  readonly isFull: Fullness
  take(claim: Claim): void
  /** The claim must have been taken. */
  giveBack(claim: Claim): void
}

export interface SharesOptions {
  /** Jobs at once, of all hosts and of one. */
  readonly concurrency: number
  readonly perHost: number
  /** Whether a host has not answered yet. */
  readonly isStranger: (host: string) => boolean
}

/**
 * The part of the room that is not kept for hosts which have answered before: one Pod can name thousands that never
 * will.
 */
const strangersPart = 0.75
/** The parts of the room that one Pod, and all Pods of one namespace, can take. */
const podPart = 1 / 4
const namespacePart = 1 / 2
/** What a host that has not answered yet can take for one Pod, which may have images of others as well. */
const strangerInPodPart = 1 / 8

export function createShares({ concurrency, perHost, isStranger }: SharesOptions): Shares {
  const running = createCounts<Asker | string>()
  const pods = new WeakMap<Asker, number>()
  let lastPod = 0

  /** The key under which the jobs of one Pod at one host are counted. */
  function inPod(host: string, asker: Asker): string {
    const pod = pods.get(asker) ?? ++lastPod
    pods.set(asker, pod)
    return `${pod}/${host}`
  }

  const isFullInPod = (host: string, asker: Asker) =>
    isStranger(host) && running.of(inPod(host, asker)) >= share(concurrency, strangerInPodPart)
  const keysOf = ({ host, holder, stranger }: Claim) => [...keysFor(holder, stranger), host, inPod(host, holder)]

  return {
    hasRoom: () => running.all < concurrency,
    mayStart: (host, asker) =>
      running.of(host) < perHost && !isFullInPod(host, asker) && fits(running, concurrency, asker, isStranger(host)),
    isFull: {
      namespace: (namespace) => running.of(namespaceKey({ namespace })) >= share(concurrency, namespacePart),
      pod: (asker, host) => running.of(asker) >= share(concurrency, podPart) || isFullInPod(host, asker),
      // The host may have fallen silent since the job was queued, and then has no right to the reserved room any more.
      host: (host) =>
        running.of(host) >= perHost || (isStranger(host) && running.of(strangers) >= share(concurrency, strangersPart)),
    },
    take: (claim) => {
      running.add(keysOf(claim))
    },
    giveBack: (claim) => {
      running.remove(keysOf(claim))
    },
  }
}

/** Places to wait in, of which each asker and namespace has the same part as of the room. */
export interface Places {
  hasRoom(asker: Asker, stranger: boolean): boolean
  /** @returns what gives the place back, to be called once */
  take(asker: Asker, stranger: boolean): () => void
}

export function createPlaces(count: number): Places {
  const waiting = createCounts<Asker | string>()
  return {
    hasRoom: (asker, stranger) => fits(waiting, count, asker, stranger),
    take: (asker, stranger) => {
      const keys = keysFor(asker, stranger)
      waiting.add(keys)
      return () => {
        waiting.remove(keys)
      }
    },
  }
}

function fits(counts: Counts<Asker | string>, total: number, asker: Asker, stranger: boolean): boolean {
  return (
    counts.all < total &&
    counts.of(asker) < share(total, podPart) &&
    counts.of(namespaceKey(asker)) < share(total, namespacePart) &&
    (!stranger || counts.of(strangers) < share(total, strangersPart))
  )
}

function share(total: number, part: number): number {
  return Math.max(1, Math.ceil(total * part))
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
