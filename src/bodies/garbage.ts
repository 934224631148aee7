import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes of large bodies that have been worked on, after which what they have left is collected. */
const much = 2 * 1024 * 1024

/** What large bodies leave behind: their texts, and whatever was made of these. */
export interface Garbage {
  /** A large body of so many bytes is about to be worked on. */
  add(bytes: number): void
  /** Collects what there is if it is much. @returns whether it did, which takes some 20 ms */
  collect(): boolean
}

/**
 * Has the garbage of large bodies collected before the next of them is worked on. Left to itself V8 keeps that of several:
 * of twenty bodies of 6 MiB that come at once 60 MiB, where each of them has one character that is no Latin letter.
 */
export function createGarbage(): Garbage {
  let collectNow: (() => void) | undefined
  let left = 0
  return {
    add(bytes) {
      left += bytes
    },
    collect() {
      if (left < much) return false
      left = 0
      collectNow ??= exposed()
      collectNow()
      return true
    },
  }
}

/** The function `gc`, which a context has only where it is made with this flag. */
function exposed(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
