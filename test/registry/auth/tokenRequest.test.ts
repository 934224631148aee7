import { expect } from 'chai'
import { bearer, challenge, json, manifest, playing } from '../../support/registry.ts'
import { startScene, type Scene } from '../../support/registryScene.ts'

const domain = 'registry.example.com'
const image = `${domain}/team/app:1`
const granted = json(200, { token: 'anonymous-token' })

describe('the request for a token', () => {
  let scene: Scene
  before(async () => {
    scene = await startScene()
  })
  after(() => scene.close())

  const scopes: readonly (readonly [string, Record<string, string>, string[]])[] = [
    ['the pull scope', {}, ['repository:team/app:pull']],
    ['the pull scope once', { scope: 'repository:team/app:pull' }, ['repository:team/app:pull']],
    ["the challenge's own scope beside it", { scope: 'aws' }, ['repository:team/app:pull', 'aws']],
    ['each of several scopes', { scope: 'a b' }, ['repository:team/app:pull', 'a', 'b']],
  ]
  for (const [title, params, expected] of scopes) {
    it(`name ${title}`, async () => {
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

  it('name the service and keep the query of the realm', async () => {
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

  it('carry no Authorization', async () => {
    scene.registry.play(
      playing({ head: challenge(bearer(`${scene.registry.url}/token`)), token: granted, headWithToken: manifest }),
    )
    await (await scene.lookup([domain])).ask(image)

    expect(scene.registry.requests[1]).to.include({ path: '/token', authorization: undefined })
  })

  it('resolve a relative realm against the registry', async () => {
    scene.registry.play(playing({ head: challenge(bearer('/token')), token: granted, headWithToken: manifest }))

    expect((await (await scene.lookup([domain])).ask(image)).access).to.equal('public')
  })

  for (const field of ['token', 'access_token']) {
    it(`take it from "${field}"`, async () => {
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
    it(`are not made where the realm ${title}, and nothing is concluded`, async () => {
      scene.registry.play(playing({ head: challenge(bearer(realm(scene))) }))
      const { access, reason } = await (await scene.lookup([domain])).ask(image)

      expect([access, reason, scene.transcript]).to.deep.equal(['unknown', 'bad-realm', ['HEAD manifest']])
    })
  }
})
