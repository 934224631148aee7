import { expect } from 'chai'
import { createTokens, tokenRequest } from '../../../src/registry/auth/token.ts'
import { bearer, challenge, json, manifest, playing, status, type Reply } from '../../support/registry.ts'
import { createClock } from '../../support/clock.ts'
import { useScene } from '../../support/registryScene.ts'

const requirement = challenge(bearer('/token', { service: 's' }))

describe('a token that is remembered', () => {
  const scene = useScene()

  const lifetimes: readonly (readonly [title: string, answer: Record<string, unknown>, until: number])[] = [
    ['300 s', { expires_in: 300 }, 290],
    ['30 s', { expires_in: 30 }, 27],
    ['a number of seconds as text', { expires_in: '100' }, 90],
    ['nothing', {}, 54],
    ['nonsense', { expires_in: 'soon' }, 54],
    ['null', { expires_in: null }, 54],
  ]
  for (const [title, answer, until] of lifetimes) {
    it(`serves for ${until} s where its lifetime is given as ${title}`, async () => {
      scene.registry.play(
        playing({ head: requirement, token: json(200, { token: 't', ...answer }), headWithToken: manifest }),
      )
      const clock = createClock()
      const lookup = await scene.lookup(['ghcr.io'], { now: clock.now })
      await lookup.ask('ghcr.io/team/app:1')
      clock.advance(until * 1000 - 1)
      await lookup.ask('ghcr.io/team/app:2')
      const tokensBefore = scene.transcript.filter((line) => line === 'GET token').length
      clock.advance(1)
      await lookup.ask('ghcr.io/team/app:3')
      const tokens = scene.transcript.filter((line) => line === 'GET token').length

      expect([tokensBefore, tokens]).to.deep.equal([1, 2])
    })
  }

  it('lives from the request for it on, and not from the answer, which may be late', async () => {
    const clock = createClock()
    const late = json(200, { token: 't', expires_in: 300 })
    scene.registry.play((asked) => {
      if (asked.path === '/token') clock.advance(5000)
      return playing({ head: requirement, token: late, headWithToken: manifest })(asked)
    })
    const lookup = await scene.lookup(['ghcr.io'], { now: clock.now })
    await lookup.ask('ghcr.io/team/app:1')
    clock.advance(285_000)
    await lookup.ask('ghcr.io/team/app:2')

    expect(scene.transcript.filter((line) => line === 'GET token')).to.have.length(2)
  })

  it('is fetched once for fifty checks that need it at the same time', async () => {
    scene.registry.play(playing({ head: requirement, token: json(200, { token: 't' }), headWithToken: manifest }))
    const lookup = await scene.lookup(['ghcr.io'], { check: { perHost: 64 } })

    await Promise.all(Array.from({ length: 50 }, (_, tag) => lookup.ask(`ghcr.io/team/app:${tag}`)))

    expect(scene.transcript.filter((line) => line === 'GET token')).to.have.length(1)
  })

  const refusals: readonly (readonly [title: string, reply: Reply])[] = [
    ['400', status(400)],
    ['401 and the same requirement', requirement],
    ['401 and another requirement', challenge('Basic realm="r"')],
    ['403', status(403)],
  ]
  for (const [title, refusal] of refusals) {
    describe(`that the registry answers with ${title}`, () => {
      /** Asks for a second tag, whose repository takes the tokens of `good` and no other. */
      async function askSecond(good: string) {
        let issued = 0
        scene.registry.play(({ method, path, authorization }) => {
          if (path === '/token') return json(200, { token: `token-${++issued}`, expires_in: 300 })
          if (authorization === undefined) return requirement
          if (path.endsWith('/1') || authorization === `Bearer ${good}`) return manifest
          return method === 'GET' ? status(500) : refusal
        })
        const lookup = await scene.lookup(['ghcr.io'])
        await lookup.ask('ghcr.io/team/app:1')
        const before = scene.transcript.length
        const { access } = await lookup.ask('ghcr.io/team/app:2')
        return { access, requests: scene.transcript.slice(before) }
      }
      const anew = ['HEAD manifest with token', 'GET token', 'HEAD manifest with token']

      it('is replaced by a new one', async () => {
        expect(await askSecond('token-2')).to.deep.equal({ access: 'public', requests: anew })
      })

      it('is replaced once, and no more often', async () => {
        const { requests } = await askSecond('none')

        expect(requests.filter((line) => line === 'GET token')).to.have.length(1)
      })
    })
  }
})

describe('a token that several checks found refused', () => {
  const requirement = {
    scheme: 'bearer',
    realm: { url: new URL('https://r.test/token'), trust: 'image' },
    scopes: '',
  } as const
  const request = tokenRequest(requirement, { url: new URL('https://r.test/v2/'), trust: 'image' }, 'team/app')

  it('is renewed once, and the new one is fresh to each of them', async () => {
    let issued = 0
    const tokens = createTokens({
      licensed: false,
      now: () => 0,
      send: () => {
        const body = JSON.stringify({ token: `token-${++issued}`, expires_in: 3600 })
        return Promise.resolve({ status: 200, headers: {}, body, network: 'public' })
      },
    })
    await tokens.get(request, 'first')
    const held = await tokens.get(request, 'second')
    const renewed = [await tokens.get(request, 'second', 'token-1'), await tokens.get(request, 'third', 'token-1')]

    expect(held).to.deep.equal({ value: 'token-1', cached: true })
    expect(renewed).to.deep.equal([1, 2].map(() => ({ value: 'token-2', cached: false })))
    expect(issued).to.equal(2)
  })
})

describe('the tokens that are remembered', () => {
  /** How many requests it takes to get a token for each repository, and then for the first one again. */
  async function requestsFor(repositories: number, length: number): Promise<number> {
    const requirement = {
      scheme: 'bearer',
      realm: { url: new URL('https://r.test/token'), trust: 'image' },
      scopes: '',
    } as const
    const by = { url: new URL('https://r.test/v2/'), trust: 'image' } as const
    let requests = 0
    const tokens = createTokens({
      licensed: false,
      now: () => 0,
      send: () => {
        requests++
        const body = JSON.stringify({ token: 'x'.repeat(length), expires_in: 3600 })
        return Promise.resolve({ status: 200, headers: {}, body, network: 'public' })
      },
    })
    for (const index of [...Array(repositories).keys(), 0]) {
      await tokens.get(tokenRequest(requirement, by, `team/app-${index}`), 'check')
    }
    return requests
  }

  it('are all that are needed for some hundred repositories', async () => {
    expect(await requestsFor(200, 16_000)).to.equal(200)
  })

  it('are no more than four million characters, whose length the registries choose', async () => {
    expect(await requestsFor(300, 16_000)).to.equal(301)
  })

  it('are no more than a thousand', async () => {
    expect(await requestsFor(1001, 10)).to.equal(1002)
  })
})
