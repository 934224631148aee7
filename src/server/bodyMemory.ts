/** Bytes of memory for all bodies that are being read. An API server sends one of a few KiB after the other along a connection. */
const total = 24 * 1024 * 1024

/** Bodies up to this size always find room. */
const small = 256 * 1024

/** The least rate in bytes a millisecond, and the milliseconds that a body may fall behind it. */
const leastRate = (64 * 1024) / 1000
const patience = 2000

/** A body that takes part, as long as it is being read. */
export interface BodyLease {
  /**
   * Asks for room for a body of `bytes` bytes in all, of which `received` have just come. Others may have to give way.
   * @returns whether there is room
   */
  grow(bytes: number, received: number): boolean
  release(): void
}

interface Holder {
  bytes: number
  /** The `performance.now()` from which on it is slow. */
  due: number
  readonly giveWay: (why: 'slow' | 'overloaded') => void
}

/**
 * Divides a bounded memory among the bodies that are being read. Where there is no room, the body that has been too
 * slow for the longest time is refused. Where none is slow, a small body takes the place of the largest one that is not
 * small, or else of the oldest.
 */
export function createBodyMemory({ now = () => performance.now() } = {}) {
  /** In the order in which they came. */
  const holders = new Set<Holder>()
  let held = 0

  function slowest(besides: Holder): Holder | undefined {
    const slow = [...holders].filter((holder) => holder !== besides && holder.due < now())
    return slow.sort((one, other) => one.due - other.due)[0]
  }

  function largestOrOldest(besides: Holder): Holder | undefined {
    const others = [...holders].filter((holder) => holder !== besides)
    const [largest] = others.filter(({ bytes }) => bytes > small).sort((one, other) => other.bytes - one.bytes)
    return largest ?? others[0]
  }

  /**
   * @param announced the size of the body, 0 where it is not known
   * @param giveWay is called once at most, after which the body no longer takes part
   */
  return function admit(announced: number, giveWay: Holder['giveWay']): BodyLease {
    const self: Holder = { bytes: 0, due: now() + patience, giveWay }

    function release(): void {
      held -= self.bytes
      self.bytes = 0
      holders.delete(self)
    }
    function dismiss(holder: Holder, why: 'slow' | 'overloaded'): void {
      held -= holder.bytes
      holder.bytes = 0
      holders.delete(holder)
      holder.giveWay(why)
    }
    function makeRoom(more: number, bytes: number): boolean {
      while (held + more > total) {
        const slow = self.due < now() ? undefined : slowest(self)
        const loser = slow ?? (Math.max(bytes, announced) <= small ? largestOrOldest(self) : undefined)
        if (loser === undefined) return false
        dismiss(loser, loser === slow ? 'slow' : 'overloaded')
      }
      return true
    }

    return {
      grow(bytes, received) {
        const more = bytes - self.bytes
        if (more > 0 && !makeRoom(more, bytes)) return false
        held += more
        self.bytes = bytes
        holders.add(self)
        // Caps what a sender gains by being fast, so that it can never stall for longer than `patience` later on.
        self.due = Math.min(self.due + received / leastRate, now() + patience)
        return true
      },
      release,
    }
  }
}
