import { isPending, type AnonymousAccess, type AnonymousVerdict, type Asker } from '../../src/decision/verdict.ts'
import { parseReference } from '../../src/reference/reference.ts'
import { createVerdictCache, type CheckUnderWay, type VerdictCache } from '../../src/registry/cache.ts'
import { createClock, type Clock } from '../support/clock.ts'
import { hour, minute } from '../support/registryScene.ts'

export const app = parseReference('ghcr.io/team/app:1')
export const asker: Asker = { namespace: 'prod' }

type Options = Partial<Parameters<typeof createVerdictCache<AnonymousVerdict>>[0]>

/** A cache on a clock of its own, whose checks end at once with what `next` says. */
export interface CacheScene {
  readonly clock: Clock
  readonly cache: VerdictCache<AnonymousVerdict>
  /** The keys that were checked. */
  readonly checks: readonly string[]
  /** What the observer heard. */
  readonly results: readonly string[]
  /** What the next check finds. */
  next: AnonymousAccess
  verdict(access: AnonymousAccess): AnonymousVerdict
  /** The verdicts of all checks that are under way. */
  settled(): Promise<readonly AnonymousVerdict[]>
  /** The verdict for `app`, waited for where it is not known, and not older than `since`. */
  get(since?: number): Promise<AnonymousVerdict>
  access(image?: string): Promise<AnonymousAccess>
}

export function createCacheScene(options: Options = {}): CacheScene {
  const clock = createClock()
  const checks: string[] = []
  const results: string[] = []
  const verdict = (access: AnonymousAccess): AnonymousVerdict => {
    const ttl = access === 'unknown' ? 15_000 : 10 * minute
    return { access, reason: access === 'unknown' ? 'server-error' : 'readable', checkedAt: clock.now(), ttl }
  }
  const cache = createVerdictCache<AnonymousVerdict>({
    check: (_, key) => {
      checks.push(key)
      return underWay(Promise.resolve(verdict(scene.next)))
    },
    isServedStale: ({ access }) => access !== 'missing',
    maxEntries: 100,
    stale: 24 * hour,
    now: clock.now,
    observer: { cache: (result) => results.push(result) },
    ...options,
  })
  async function ask(reference = app, since?: number) {
    const answer = cache.get(reference, since === undefined ? asker : { ...asker, since })
    return isPending(answer) ? answer.verdict : answer
  }
  const scene: CacheScene = {
    clock,
    cache,
    checks,
    results,
    next: 'public',
    verdict,
    settled: () => Promise.all([...cache.inFlight.values()].map(({ verdict }) => verdict)),
    get: (since) => ask(app, since),
    access: async (image = 'ghcr.io/team/app:1') => (await ask(parseReference(image))).access,
  }
  return scene
}

/** A check that has begun. */
export function underWay(verdict: Promise<AnonymousVerdict>): CheckUnderWay<AnonymousVerdict> {
  return { verdict, begun: Promise.resolve(), join: () => undefined }
}
