import type { Asker } from '../../decision/verdict.ts'
import type { Claim, Shares } from './shares.ts'

/**
 * A job under way. It counts against the share of its `holder`: when that asker has its answer, against that of another
 * asker who still waits for the job.
 */
export interface RunningJob extends Claim {
  readonly askers: readonly Asker[]
  holder: Asker
}

/** Tells against which asker's share each running job counts. */
export interface Holders {
  /** @returns `asker`, or another of `askers` where that one has left */
  choose(asker: Asker, askers: readonly Asker[]): Asker
  begin(job: RunningJob): void
  end(job: RunningJob): void
  /**
   * Adds `other` to `askers`, in the place of one who has left where there are too many.
   * @returns undefined where there is no place, or it is there already
   */
  join(askers: Asker[], other: Asker): { readonly replaced: Asker | undefined } | undefined
  /** Passes the jobs of `asker` to others who wait for them. @returns whether there was one */
  leave(asker: Asker): boolean
}

/** How many askers of one job are remembered. The shares of a few are enough to start it, and each takes memory. */
const maxAskers = 16

export function createHolders(shares: Pick<Shares, 'take' | 'giveBack'>): Holders {
  const held = new Map<Asker, Set<RunningJob>>()
  const gone = new WeakSet<Asker>()

  const findStaying = (askers: readonly Asker[]) => askers.find((asker) => !gone.has(asker))

  function begin(job: RunningJob): void {
    shares.take(job)
    const jobs = held.get(job.holder) ?? new Set()
    held.set(job.holder, jobs.add(job))
  }

  function end(job: RunningJob): void {
    shares.giveBack(job)
    const jobs = held.get(job.holder)
    jobs?.delete(job)
    if (jobs?.size === 0) held.delete(job.holder)
  }

  function passOn(job: RunningJob): boolean {
    const heir = findStaying(job.askers)
    if (heir === undefined) return false
    end(job)
    job.holder = heir
    begin(job)
    return true
  }

  return {
    choose: (asker, askers) => (gone.has(asker) ? (findStaying(askers) ?? asker) : asker),
    begin,
    end,
    join(askers, other) {
      if (askers.includes(other)) return undefined
      const place = askers.length < maxAskers ? askers.length : askers.findIndex((asker) => gone.has(asker))
      if (place < 0) return undefined
      const replaced = askers[place]
      askers[place] = other
      return { replaced }
    },
    leave(asker) {
      gone.add(asker)
      return [...(held.get(asker) ?? [])].filter(passOn).length > 0
    },
  }
}
