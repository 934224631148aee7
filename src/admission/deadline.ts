import { callInSlices } from './slices.ts'
import type { Verdict } from '../decision/verdict.ts'

/** A moment until which several waiters wait together; no timer is started before the first of them. */
export interface Deadline {
  passed(): Promise<'deadline'>
  /** Milliseconds until then. */
  left(): number
  clear(): void
}

/** @param milliseconds from now; zero or less has passed already */
export function createDeadline(milliseconds: number): Deadline {
  const end = performance.now() + milliseconds
  let isOver = false
  // A timer may fire a little before its time.
  const left = () => (isOver ? 0 : Math.max(0, end - performance.now()))
  let timer: NodeJS.Timeout | undefined
  let waiters: (() => void)[] = []

  function pass(): void {
    isOver = true
    callInSlices(waiters)
    waiters = []
  }

  return {
    passed() {
      if (isOver) return Promise.resolve('deadline')
      timer ??= setTimeout(pass, left())
      return new Promise((resolve) => {
        waiters.push(() => {
          resolve('deadline')
        })
      })
    },
    left,
    clear() {
      clearTimeout(timer)
      waiters = []
    },
  }
}

/** What is known at the deadline of an image whose registry has not answered by then. */
export function tooLate(): Verdict<'unknown'> {
  return { access: 'unknown', reason: 'deadline', checkedAt: Date.now(), ttl: 0 }
}
