import { expect } from 'chai'
import { isPending, type AnonymousAccess, type AnonymousVerdict, type Asker } from '../../src/decision/verdict.ts'
import { parseReference } from '../../src/reference/reference.ts'
import {
  createVerdictCache,
  type CheckUnderWay,
  type SilenceAnswer,
  type VerdictCache,
} from '../../src/registry/cache.ts'
import { createClock, type Clock } from '../support/clock.ts'
import { minute, hour } from '../support/registryScene.ts'

const app = parseReference('ghcr.io/team/app:1')
const asker: Asker = { namespace: 'prod' }

/** A check that has begun. */
function underWay(verdict: Promise<AnonymousVerdict>): CheckUnderWay<AnonymousVerdict> {
  return { verdict, begun: Promise.resolve(), join: () => undefined }
}

describe('the verdict cache', () => {
  let clock: Clock
  let checks: string[]
  let results: string[]
  let next: AnonymousAccess
  let cache: VerdictCache<AnonymousVerdict>

  beforeEach(() => {
    clock = createClock()
    checks = []
    results = []
    next = 'public'
    cache = create(100)
  })

  function create(maxEntries: number) {
    return createVerdictCache<AnonymousVerdict>({
      check: (_, key) => {
        checks.push(key)
        return underWay(Promise.resolve(verdict(next)))
      },
      isServedStale: ({ access }) => access !== 'missing',
      maxEntries,
      stale: 24 * hour,
      now: clock.now,
      observer: { cache: (result) => results.push(result) },
    })
  }

  function verdict(access: AnonymousAccess): AnonymousVerdict {
    const ttl = access === 'unknown' ? 15_000 : 10 * minute
    return { access, reason: access === 'unknown' ? 'server-error' : 'readable', checkedAt: clock.now(), ttl }
  }

  function settled({ inFlight } = cache) {
    return Promise.all([...inFlight.values()].map(({ verdict }) => verdict))
  }

  async function get(reference = app, since?: number) {
    const answer = cache.get(reference, since === undefined ? asker : { ...asker, since })
    return isPending(answer) ? answer.verdict : answer
  }

  /** What is answered, whether at once or after a check. */
  async function access(image = 'ghcr.io/team/app:1') {
    return (await get(parseReference(image))).access
  }

  it('does not serve for another day a verdict that the host gave a day ago', async () => {
    const answeredAt = clock.now()
    clock.advance(23 * hour)
    const answers = [{ ...verdict('private'), ttl: 15_000, answeredAt }, verdict('unknown')]
    const late = createVerdictCache<AnonymousVerdict>({
      check: () => underWay(Promise.resolve(answers.shift() ?? verdict('unknown'))),
      isServedStale: () => false,
      maxEntries: 100,
      stale: 24 * hour,
      now: clock.now,
      observer: {},
    })
    late.get(app, asker)
    await settled(late)
    clock.advance(2 * hour)
    late.get(app, asker)

    expect((await settled(late)).map(({ access }) => access)).to.deep.equal(['unknown'])
  })

  it('answers without a promise until the lifetime is over', async () => {
    const first = await get()
    clock.advance(10 * minute - 1)

    expect(cache.get(app, asker)).to.equal(first)
    expect(checks).to.have.length(1)
  })

  it('asks anew, once, for a caller who wants a younger verdict than the cached one', async () => {
    await access()
    clock.advance(minute)
    const since = clock.now()
    next = 'private'
    const answers = [await get(app, since), await get(app, since), await get()]

    expect([answers.map(({ access }) => access), checks.length]).to.deep.equal([['private', 'private', 'private'], 2])
  })

  it('asks a registry that gave no answer no sooner for a caller who wants a younger verdict', async () => {
    next = 'unknown'
    await access()
    clock.advance(1000)
    await get(app, clock.now())

    expect(checks).to.have.length(1)
  })

  it('asks no sooner again where asking anew led to no answer', async () => {
    await access()
    clock.advance(minute)
    const since = clock.now()
    next = 'unknown'
    const answers = [await get(app, since), await get(app, since)]

    expect([answers.map(({ access }) => access), checks.length]).to.deep.equal([['public', 'public'], 2])
  })

  it('has one entry for all spellings of an image', async () => {
    await access('nginx')
    await access('docker.io/library/nginx:latest')
    await access('index.docker.io/nginx')

    expect([checks, cache.entries]).to.deep.equal([['docker.io/library/nginx:latest'], 1])
  })

  it('shares one check among all who ask while it is in flight', async () => {
    await Promise.all([get(), get(), get()])

    expect([checks.length, results]).to.deep.equal([1, ['miss', 'shared', 'shared']])
  })

  it('serves a verdict that has run out while it asks anew, once', async () => {
    await access()
    clock.advance(11 * minute)
    next = 'private'
    const served = [cache.get(app, asker), cache.get(app, asker)]
    await settled()

    expect(served).to.have.nested.property('[1].access', 'public')
    expect([await access(), checks.length, results]).to.deep.equal(['private', 2, ['miss', 'stale', 'stale', 'hit']])
  })

  it('waits for the new verdict where the old one is of a kind that is not served stale', async () => {
    next = 'missing'
    await access()
    clock.advance(11 * minute)
    next = 'public'

    expect(await access()).to.equal('public')
  })

  for (const kind of ['public', 'private', 'missing'] as const) {
    it(`keeps a verdict of ${kind} when the registry is down, and asks again after the lifetime of the failure`, async () => {
      next = kind
      await access()
      next = 'unknown'
      clock.advance(11 * minute)
      await access()
      await settled()
      const whileDown = await access()
      const checksWhileDown = checks.length
      clock.advance(15_000)
      await access()

      expect([whileDown, checksWhileDown, checks.length]).to.deep.equal([kind, 2, 3])
    })
  }

  it('gives an old verdict up when the registry has been down for too long', async () => {
    await access()
    next = 'unknown'
    clock.advance(24 * hour + 10 * minute)

    expect(await access()).to.equal('unknown')
  })

  it('serves no unknown verdict beyond its lifetime', async () => {
    next = 'unknown'
    await access()
    clock.advance(15_000)
    next = 'public'

    expect(await access()).to.equal('public')
  })

  describe('for a registry that keeps silent', () => {
    let silence: SilenceAnswer<AnonymousVerdict>

    beforeEach(() => {
      silence = { verdict: verdict('unknown'), asksAgain: false }
    })

    function createSilent() {
      return createVerdictCache<AnonymousVerdict>({
        check: (_, key) => {
          checks.push(key)
          return underWay(Promise.resolve(verdict(next)))
        },
        isServedStale: () => false,
        silence: () => silence,
        maxEntries: 10,
        stale: 24 * hour,
        now: clock.now,
        observer: {},
      })
    }

    it('lets nobody wait', () => {
      expect(createSilent().get(app, asker)).to.equal(silence.verdict)
    })

    it('asks nobody until the registry may be asked again', () => {
      createSilent().get(app, asker)

      expect(checks).to.deep.equal([])
    })

    it('asks again behind whoever asks, when it may', async () => {
      silence = { ...silence, asksAgain: true }
      const silent = createSilent()
      const atOnce = silent.get(app, asker)
      await settled(silent)

      expect([atOnce, silent.get(app, asker)]).to.deep.equal([silence.verdict, verdict('public')])
    })

    it('serves what has run out rather than nothing', async () => {
      silence = { ...silence, asksAgain: true }
      next = 'private'
      const silent = createSilent()
      silent.get(app, asker)
      await settled(silent)
      clock.advance(hour)
      silence = { ...silence, asksAgain: false }

      expect(silent.get(app, asker)).to.include({ access: 'private' })
    })
  })

  it('does not keep a verdict without a lifetime', async () => {
    cache = createVerdictCache<AnonymousVerdict>({
      check: () => underWay(Promise.resolve({ access: 'unknown', reason: 'busy', checkedAt: clock.now(), ttl: 0 })),
      isServedStale: () => true,
      maxEntries: 10,
      stale: hour,
      now: clock.now,
      observer: {},
    })
    await access()

    expect(cache.entries).to.equal(0)
  })

  it('holds no more entries than it may, and forgets what was asked for longest ago', async () => {
    cache = create(3)
    for (const tag of ['a', 'b', 'c', 'a', 'd']) await access(`ghcr.io/team/app:${tag}`)
    const before = checks.length
    await access('ghcr.io/team/app:a')
    const kept = checks.length - before
    await access('ghcr.io/team/app:b')

    expect([cache.entries, kept, checks.length - before]).to.deep.equal([3, 0, 1])
  })

  it('is bounded in bytes too: long names take the room of several short ones', async () => {
    cache = create(20)
    const long = `registry.example.com/${'a/'.repeat(120)}app`
    for (let index = 0; index < 20; index++) await access(`${'host.'.repeat(100)}${index}.${long.slice(0, 250)}`)

    expect(cache.entries).to.be.within(1, 15)
  })

  it('counts what an entry takes beside its name', async () => {
    cache = create(20)
    for (let index = 0; index < 20; index++) await access(`${'host.'.repeat(40)}example/${'a/'.repeat(100)}${index}`)

    expect(cache.entries).to.be.within(1, 15)
  })

  it('keeps what is cached when checks in flight outnumber its entries', async () => {
    cache = create(1)
    const verdicts = await Promise.all(Array.from({ length: 50 }, (_, tag) => access(`ghcr.io/team/app:${tag}`)))

    expect([verdicts.length, cache.entries, cache.inFlight.size]).to.deep.equal([50, 1, 0])
  })
})
