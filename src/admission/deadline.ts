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
  let passed: Promise<'deadline'> | undefined
  return {
    passed() {
      passed ??= new Promise((resolve) => {
        timer = setTimeout(() => {
          isOver = true
          resolve('deadline')
        }, left())
      })
      return passed
    },
    left,
    clear() {
      clearTimeout(timer)
    },
  }
}
