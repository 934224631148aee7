/** A moment until which several waiters wait together; no timer is started before the first of them. */
export interface Deadline {
  readonly passed: Promise<'deadline'>
  clear(): void
}

/** @param milliseconds from now; zero or less has passed already */
export function createDeadline(milliseconds: number): Deadline {
  const end = performance.now() + milliseconds
  let timer: NodeJS.Timeout | undefined
  let passed: Promise<'deadline'> | undefined
  return {
    get passed() {
      passed ??= new Promise((resolve) => {
        timer = setTimeout(resolve, Math.max(0, end - performance.now()), 'deadline')
      })
      return passed
    },
    clear() {
      clearTimeout(timer)
    },
  }
}
