import type { Job } from '../../src/registry/limiter/limiter.ts'

/** Limits that a few jobs do not reach. */
export const roomy = { concurrency: 100, perHost: 100, maxWaiting: 100, maxWait: 10_000 }

/** Jobs that end when they are told to, and a record of which have started. */
export function createJobs() {
  const started: string[] = []
  const endings = new Map<string, () => void>()
  return {
    started,
    job: (name: string) => (): Job<string> => {
      started.push(name)
      const ended = new Promise<void>((resolve) => endings.set(name, resolve))
      return { result: ended.then(() => name), ended }
    },
    async end(name: string) {
      endings.get(name)?.()
      await new Promise(setImmediate)
    },
  }
}
