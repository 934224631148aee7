import { expect } from 'chai'
import { parseReference } from '../../src/reference/reference.ts'
import { createVerdicts } from '../../src/registry/verdicts.ts'
import { eventually } from '../support/eventually.ts'
import { manifest } from '../support/registry.ts'
import { defaultCheck, settled, useScene } from '../support/registryScene.ts'
import { withTransport } from '../support/transports.ts'

describe('the limits of checks', () => {
  const scene = useScene()

  it('hold for the checks of one host, and leave the other hosts theirs', async () => {
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    scene.registry.play(async ({ path }) => {
      if (path.startsWith('/v2/slow/')) await released
      return manifest
    })
    const lookup = await scene.lookup(['ghcr.io', 'quay.io'], { check: { perHost: 2 } })
    const slow = Array.from({ length: 5 }, (_, tag) => lookup.ask(`ghcr.io/slow/app:${tag}`))
    const slowRequests = () => scene.registry.requests.filter(({ path }) => path.startsWith('/v2/slow/')).length
    await eventually(() => {
      expect(slowRequests()).to.equal(2)
    })
    await lookup.ask('quay.io/team/app:1')
    const atOnce = slowRequests()
    release()
    await Promise.all(slow)

    expect([atOnce, scene.registry.requests.length]).to.deep.equal([2, 6])
  })

  it('leave room for a registry that has answered, while a crowd of others never does', async () => {
    const silent = Array.from({ length: 8 }, (_, index) => `silent-${index}.example`)
    scene.registry.play(({ path }) => (path.startsWith('/v2/team/') ? manifest : 'hang'))
    const lookup = await scene.lookup(['quay.io', ...silent], {
      check: { concurrency: 4, total: 60_000, timeout: 60_000 },
    })
    await lookup.ask('quay.io/team/app:1')
    for (const host of silent) void lookup.ask(`${host}/lost/app:1`)

    expect((await lookup.ask('quay.io/team/app:2')).access).to.equal('public')
  })

  it('keep a slot taken for as long as the name of a host is still looked up', async () => {
    const names: string[] = []
    const found: PromiseWithResolvers<never> = Promise.withResolvers()
    const check = { ...defaultCheck, concurrency: 1, total: 100, timeout: 10_000 }
    const lookup = (name: string) => {
      names.push(name)
      return found.promise
    }
    await withTransport({ timeout: check.timeout, lookup }, async (transport) => {
      const verdicts = createVerdicts({ check, transport })
      await settled(verdicts.anonymous(parseReference('silent.example/team/app:1'), { namespace: 'a' }))
      const next = settled(verdicts.anonymous(parseReference('quay.io/team/app:1'), { namespace: 'b' }))
      await new Promise(setImmediate)
      const meanwhile = [...names]
      found.reject(new Error('no such host'))
      await next

      expect([meanwhile, names]).to.deep.equal([['silent.example'], ['silent.example', 'quay.io']])
    })
  })

  it('make a verdict unknown and busy where a check had to wait too long, and it is not remembered', async () => {
    scene.registry.play(() => 'hang')
    const hosts = ['ghcr.io', 'quay.io', 'other.example']
    const lookup = await scene.lookup(hosts, { check: { concurrency: 1, total: 100, timeout: 10_000 } })
    const [first, second, third] = await Promise.all(hosts.map((host) => lookup.ask(`${host}/team/app:1`)))

    expect([first?.reason, third?.reason, third?.ttl]).to.deep.equal(['timeout', 'busy', 0])
    expect(second?.access).to.equal('unknown')
  })
})
