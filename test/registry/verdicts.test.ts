import { expect } from 'chai'
import { parseReference } from '../../src/reference/reference.ts'
import { bearer, challenge, json, manifest, playing, status } from '../support/registry.ts'
import { defaultCheck, hour, useScene } from '../support/registryScene.ts'
import { until } from '../support/transports.ts'

const domain = 'ghcr.io'
const granted = json(200, { token: 'anonymous-token', expires_in: 300 })

/** A registry where every request needs a token for its repository, and all repositories are public. */
const bearerRegistry = playing({
  head: challenge(bearer('/token', { service: 's' })),
  token: granted,
  headWithToken: manifest,
})

describe('the source of verdicts', () => {
  const scene = useScene()

  it('asks once for fifty Pods that come at the same time', async () => {
    scene.registry.play(bearerRegistry)
    const lookup = await scene.lookup([domain])

    const verdicts = await Promise.all(Array.from({ length: 50 }, () => lookup.ask('ghcr.io/team/app:1')))

    expect([new Set(verdicts).size, scene.transcript]).to.deep.equal([
      1,
      ['HEAD manifest', 'GET token', 'HEAD manifest with token'],
    ])
  })

  it('knows at once, and without a promise, what it has asked before', async () => {
    scene.registry.play(playing({ head: manifest }))
    const lookup = await scene.lookup([domain])
    await lookup.ask('ghcr.io/team/app:1')

    expect(lookup.anonymous(parseReference('GHCR.io/team/app:1'), { namespace: '' })).to.include({
      access: 'public',
      reason: 'readable',
    })
  })

  it('asks again in time although the clock of the machine was set back', async () => {
    const systemTime = Date.now
    let setBack = 0
    Date.now = () => systemTime() - setBack
    try {
      scene.registry.play(playing({ head: status(503) }))
      const lookup = await scene.lookup([domain], { check: { cache: { ...defaultCheck.cache, unknown: 1 } } })
      const { checkedAt } = await lookup.ask('ghcr.io/team/app:1')
      setBack = 5 * hour
      const set = performance.now()
      await until(() => performance.now() > set + 3)
      const later = await lookup.ask('ghcr.io/team/app:1')

      expect(scene.transcript).to.deep.equal(['HEAD manifest', 'HEAD manifest'])
      expect(later.checkedAt).to.be.greaterThan(checkedAt)
    } finally {
      Date.now = systemTime
    }
  })

  it('dates its verdicts in whole milliseconds since the epoch', async () => {
    scene.registry.play(playing({ head: manifest }))
    const { checkedAt } = await (await scene.lookup([domain])).ask('ghcr.io/team/app:1')

    expect(checkedAt % 1).to.equal(0)
    expect(checkedAt).to.be.closeTo(Date.now(), hour)
  })

  it('counts what it holds and what it is doing', async () => {
    scene.registry.play(playing({ head: manifest }))
    const lookup = await scene.lookup([domain])
    const asking = lookup.ask('ghcr.io/team/app:1')
    const during = lookup.stats()
    await asking

    expect([during, lookup.stats()]).to.deep.equal([
      { entries: 0, inFlight: 1 },
      { entries: 1, inFlight: 0 },
    ])
  })

  it('goes on with a check whose asker has left', async () => {
    scene.registry.play(playing({ head: manifest }))
    const lookup = await scene.lookup([domain])
    await Promise.race([lookup.ask('ghcr.io/team/app:1'), Promise.resolve()])
    await lookup.ask('ghcr.io/team/app:1')

    expect(scene.transcript).to.deep.equal(['HEAD manifest'])
  })

  it('ends a check when its total time is over, whatever single requests may take', async () => {
    scene.registry.play(playing({ head: 'hang' }))
    const lookup = await scene.lookup([domain], { check: { timeout: 10_000, total: 100 } })

    expect(await lookup.ask('ghcr.io/team/app:1')).to.include({ access: 'unknown', reason: 'timeout' })
  })

  it('ends every check when it is closed, and makes no new one', async () => {
    scene.registry.play(playing({ head: 'hang' }))
    const lookup = await scene.lookup([domain])
    const asking = lookup.ask('ghcr.io/team/app:1')
    await lookup.close()
    const later = lookup.ask('ghcr.io/team/app:2')

    expect([(await asking).reason, (await later).reason]).to.deep.equal(['busy', 'busy'])
  })

  it('tells its observer of every request, without the query', async () => {
    scene.registry.play(bearerRegistry)
    const seen: string[] = []
    const lookup = await scene.lookup([domain], {
      observer: {
        request: ({ step, key, method, url, status }) => seen.push([step, key, method, url, status].join(' ')),
      },
    })
    await lookup.ask('ghcr.io/team/app:1')

    expect(seen).to.deep.equal([
      'manifest ghcr.io/team/app:1 HEAD https://ghcr.io/v2/team/app/manifests/1 401',
      'token ghcr.io/team/app:1 GET https://ghcr.io/token 200',
      'manifest ghcr.io/team/app:1 HEAD https://ghcr.io/v2/team/app/manifests/1 200',
    ])
  })

  it('tells its observer once when a registry begins to fail, and once when it ceases to', async () => {
    const events: unknown[] = []
    const lookup = await scene.lookup([domain], { observer: { host: (event) => events.push(event) } })
    scene.registry.play(playing({ head: status(503) }))
    await lookup.ask('ghcr.io/team/app:1')
    await lookup.ask('ghcr.io/team/app:2')
    scene.registry.play(playing({ head: manifest }))
    await lookup.ask('ghcr.io/team/app:3')
    await lookup.ask('ghcr.io/team/app:4')

    expect(events).to.deep.equal([
      { host: 'ghcr.io', failing: true, reason: 'server-error' },
      { host: 'ghcr.io', failing: false },
    ])
  })
})
