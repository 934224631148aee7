import { mock } from 'node:test'

/** Timers of a test, which go off when they are told to. */
export interface FakeTimers {
  /** Lets so many milliseconds pass, and everything happen that follows from it. */
  pass(milliseconds: number): Promise<void>
  restore(): void
}

export function fakeTimers(): FakeTimers {
  mock.timers.enable({ apis: ['setTimeout'] })
  return {
    async pass(milliseconds) {
      await new Promise(setImmediate)
      mock.timers.tick(milliseconds)
      await new Promise(setImmediate)
    },
    restore() {
      mock.timers.reset()
    },
  }
}
