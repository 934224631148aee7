import { expect } from 'chai'
import { tokenRequest } from '../../../src/registry/auth/token.ts'
import { bearer, challenge, json, manifest, playing, redirect, type Reply } from '../../support/registry.ts'
import { useScene, type Scene } from '../../support/registryScene.ts'

const domain = 'registry.example.com'
const image = `${domain}/team/app:1`

const granted = json(200, { token: 'anonymous-token' })

describe('the request for a token', () => {
  const scene = useScene()

  const scopes: readonly (readonly [string, Record<string, string>, string[]])[] = [
    ['the pull scope', {}, ['repository:team/app:pull']],
    ['the pull scope once', { scope: 'repository:team/app:pull' }, ['repository:team/app:pull']],
    ["the challenge's own scope beside it", { scope: 'aws' }, ['repository:team/app:pull', 'aws']],
    ['each of several scopes', { scope: 'a b' }, ['repository:team/app:pull', 'a', 'b']],
  ]
  for (const [title, params, expected] of scopes) {
    it(`names ${title}`, async () => {
      scene.registry.play(
        playing({
          head: challenge(bearer(`${scene.registry.url}/token`, params)),
          token: granted,
          headWithToken: manifest,
        }),
      )
      await (await scene.lookup([domain])).ask(image)

      expect(scene.registry.requests[1]?.query.getAll('scope')).to.deep.equal(expected)
    })
  }

  it('names the service, and keeps the query of the realm', async () => {
    const realm = `${scene.registry.url}/token?account=a%20b`
    scene.registry.play(
      playing({
        head: challenge(bearer(realm, { service: 'the service' })),
        token: granted,
        headWithToken: manifest,
      }),
    )
    await (await scene.lookup([domain])).ask(image)

    const query = scene.registry.requests[1]?.query
    expect([query?.get('account'), query?.get('service')]).to.deep.equal(['a b', 'the service'])
  })

  it('carries no Authorization', async () => {
    scene.registry.play(
      playing({ head: challenge(bearer(`${scene.registry.url}/token`)), token: granted, headWithToken: manifest }),
    )
    await (await scene.lookup([domain])).ask(image)

    expect(scene.registry.requests[1]).to.include({ path: '/token', authorization: undefined })
  })

  it('is made at the registry itself where the realm is relative', async () => {
    scene.registry.play(playing({ head: challenge(bearer('/token')), token: granted, headWithToken: manifest }))

    expect((await (await scene.lookup([domain])).ask(image)).access).to.equal('public')
  })

  for (const field of ['token', 'access_token']) {
    it(`is answered by the token in "${field}"`, async () => {
      scene.registry.play(
        playing({ head: challenge(bearer('/token')), token: json(200, { [field]: 'abc' }), headWithToken: manifest }),
      )
      await (await scene.lookup([domain])).ask(image)

      expect(scene.registry.requests[2]?.authorization).to.equal('Bearer abc')
    })
  }

  const realms: readonly (readonly [string, (scene: Scene) => string])[] = [
    ['is not https', ({ other }) => `http://${other.host}/token`],
    ['has a user name', ({ other }) => `https://user@${other.host}/token`],
    ['cannot be parsed', () => 'https://[oops/token'],
    ['is of another scheme', () => 'file:///etc/passwd'],
  ]
  for (const [title, realm] of realms) {
    it(`is not made where the realm ${title}, and nothing is concluded`, async () => {
      scene.registry.play(playing({ head: challenge(bearer(realm(scene))) }))
      const { access, reason } = await (await scene.lookup([domain])).ask(image)

      expect([access, reason, scene.transcript]).to.deep.equal(['unknown', 'bad-realm', ['HEAD manifest']])
    })
  }

  it('is made for each of two hosts that name the same realm, whose tokens are not for the other', async () => {
    const realm = bearer(`${scene.other.url}/token`)
    scene.registry.play(playing({ head: challenge(realm), headWithToken: manifest }))
    scene.other.play(playing({ token: granted }))
    const lookup = await scene.lookup(['ghcr.io', 'quay.io'])
    await lookup.ask('ghcr.io/team/app:1')
    await lookup.ask('quay.io/team/app:1')

    expect(scene.transcript.filter((line) => line.includes('token') && line.startsWith('other'))).to.deep.equal([
      'other: GET token',
      'other: GET token',
    ])
  })

  describe('that is answered with a redirect', () => {
    async function asked(answer: (path: string) => Reply) {
      scene.registry.play(({ path, authorization }) => {
        if (path.includes('/manifests/')) return authorization === undefined ? challenge(bearer('/token')) : manifest
        return answer(path)
      })
      scene.other.play(playing({ token: granted }))
      const { access, reason } = await (await scene.lookup([domain])).ask(image)
      return { access, reason, requests: scene.transcript.filter((line) => line.includes('GET')) }
    }

    it('goes on within the host', async () => {
      const { access, requests } = await asked((path) => (path === '/token' ? redirect('/auth/token') : granted))
      expect({ access, requests }).to.deep.equal({ access: 'public', requests: ['GET token', 'GET auth/token'] })
    })

    it('does not go on to another host', async () => {
      const { reason, requests } = await asked(() => redirect(`${scene.other.url}/token`))
      expect({ reason, requests }).to.deep.equal({ reason: 'bad-redirect', requests: ['GET token'] })
    })

    it('does not go on to plain http', async () => {
      expect((await asked(() => redirect(`http://${domain}/token`))).reason).to.equal('bad-redirect')
    })

    it('goes on five times and no more', async () => {
      const { reason, requests } = await asked(() => redirect('/again'))
      expect({ reason, count: requests.length }).to.deep.equal({ reason: 'bad-redirect', count: 6 })
    })
  })
})

describe('the URL of a request for a token', () => {
  const by = { url: new URL('https://registry.example/v2/'), trust: 'image' } as const
  const scope = 'scope=repository%3Ateam%2Fapp%3Apull'
  const rows: readonly (readonly [realm: string, service: string | undefined, scopes: string, expected: string])[] = [
    ['https://auth.example/token', undefined, '', `https://auth.example/token?${scope}`],
    ['https://auth.example', 's', '', `https://auth.example/?service=s&${scope}`],
    ['https://auth.example/token', '', '', `https://auth.example/token?service=&${scope}`],
    ['https://auth.example/?', undefined, '', `https://auth.example/?${scope}`],
    ['https://auth.example/token#part', undefined, '', `https://auth.example/token?${scope}`],
    ['https://a.example/t?q=a%20b&q=%2F', 's s', '', `https://a.example/t?q=a%20b&q=%2F&service=s+s&${scope}`],
    ['https://a.example/t?scope=x', 's', ' a  b a ', `https://a.example/t?scope=x&service=s&${scope}&scope=a&scope=b`],
  ]
  for (const [realm, service, scopes, expected] of rows) {
    it(`is ${expected} for the realm ${realm}`, () => {
      const named = { url: new URL(realm), trust: 'named' } as const
      const required = { scheme: 'bearer', realm: named, scopes, ...(service !== undefined && { service }) } as const
      expect(tokenRequest(required, by, 'team/app').url.href).to.equal(expected)
    })
  }

  it('is trusted as its realm is, and not as the host that requires the token', () => {
    const realm = { url: new URL('https://auth.example/token'), trust: 'named' } as const
    expect(tokenRequest({ scheme: 'bearer', realm, scopes: '' }, by, 'team/app').trust).to.equal('named')
  })
})

describe('the key of a token', () => {
  const keyOf = (
    host: string,
    trust: 'image' | 'configured',
    { repository = 'team/app', realm = 'https://auth.example/token', service = 's', scopes = 'a' } = {},
  ) =>
    tokenRequest(
      { scheme: 'bearer', realm: { url: new URL(realm), trust: 'named' }, service, scopes },
      { url: new URL(`https://${host}/v2/`), trust },
      repository,
    ).key
  const key = keyOf('registry.example', 'image')

  it('is the same for each request of one host for one repository', () => {
    expect(keyOf('registry.example', 'image')).to.equal(key)
  })

  it('differs between hosts that name the same realm', () => {
    expect(keyOf('other.example', 'image')).not.to.equal(key)
  })

  it('differs between a host that an image names and the same one that the operator named', () => {
    expect(keyOf('registry.example', 'configured')).not.to.equal(key)
  })

  it('differs between ports of a host', () => {
    expect(keyOf('registry.example:5000', 'image')).not.to.equal(key)
  })

  for (const [what, other] of Object.entries({
    repositories: { repository: 'team/other' },
    'hosts of a realm': { realm: 'https://other.example/token' },
    'ports of a realm': { realm: 'https://auth.example:5000/token' },
    'paths of a realm': { realm: 'https://auth.example/other' },
    'queries of a realm': { realm: 'https://auth.example/token?account=other' },
    services: { service: 'other' },
    scopes: { scopes: 'b' },
  })) {
    it(`differs between ${what}`, () => {
      expect(keyOf('registry.example', 'image', other)).not.to.equal(key)
    })
  }
})
