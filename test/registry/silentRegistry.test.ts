import { expect } from 'chai'
import { isPending } from '../../src/decision/verdict.ts'
import { parseReference } from '../../src/reference/reference.ts'
import { createClock } from '../support/clock.ts'
import { eventually } from '../support/eventually.ts'
import { manifest } from '../support/registry.ts'
import { useScene, type SceneLookup } from '../support/registryScene.ts'

describe('A registry that accepts connections and never answers', () => {
  const scene = useScene()
  let lookup: SceneLookup
  let clock: ReturnType<typeof createClock>

  beforeEach(async () => {
    clock = createClock()
    scene.registry.play(() => 'hang')
    lookup = await scene.lookup(['quay.io', 'ghcr.io'], { check: { timeout: 100, total: 300 }, now: clock.now })
  })

  const anonymous = (image: string) => lookup.anonymous(parseReference(image), { namespace: 'prod' })
  const requestsFor = (repository: string) =>
    scene.registry.requests.filter(({ path }) => path.includes(repository)).length

  it('is waited for as long as nothing is known of it', async () => {
    const answer = anonymous('quay.io/team/app:1')

    expect(isPending(answer)).to.equal(true)
    expect(await lookup.ask('quay.io/team/app:1')).to.include({ access: 'unknown', reason: 'timeout' })
  })

  it('is not waited for by the next image', async () => {
    await lookup.ask('quay.io/team/app:1')

    expect(anonymous('quay.io/team/other:1')).to.include({ access: 'unknown', reason: 'timeout', ttl: 0 })
  })

  it('is not asked again for half a minute, whatever images come', async () => {
    await lookup.ask('quay.io/team/app:1')
    for (let index = 0; index < 20; index++) anonymous(`quay.io/team/other-${index}:1`)

    expect(requestsFor('other')).to.equal(0)
  })

  it('is asked again behind whoever comes after half a minute, once', async () => {
    await lookup.ask('quay.io/team/app:1')
    clock.advance(30_000)
    scene.registry.play(() => manifest)
    const answers = ['a', 'b', 'c'].map((name) => anonymous(`quay.io/team/other-${name}:1`))

    expect(answers.map(isPending)).to.deep.equal([false, false, false])
    await eventually(() => {
      expect(requestsFor('other')).to.equal(1)
    })
  })

  it('is believed again as soon as it answers', async () => {
    await lookup.ask('quay.io/team/app:1')
    clock.advance(30_000)
    scene.registry.play(() => manifest)
    anonymous('quay.io/team/other:1')

    await eventually(async () => {
      expect(await lookup.ask('quay.io/team/new:1')).to.include({ access: 'public' })
    })
  })

  it('is asked for nothing that waited for its turn when it fell silent', async () => {
    lookup = await scene.lookup(['quay.io'], { check: { timeout: 100, total: 5000, perHost: 1 }, now: clock.now })
    const started = performance.now()
    const verdicts = await Promise.all(
      Array.from({ length: 30 }, (_, index) => lookup.ask(`quay.io/team/queued-${index}:1`)),
    )

    expect(verdicts.map(({ reason }) => reason)).to.deep.equal(Array.from({ length: 30 }, () => 'timeout'))
    expect(requestsFor('queued')).to.equal(1)
    expect(performance.now() - started).to.be.below(1500)
  })

  it('does not make another registry silent', async () => {
    await lookup.ask('quay.io/team/app:1')

    expect(isPending(anonymous('ghcr.io/team/app:1'))).to.equal(true)
  })
})
