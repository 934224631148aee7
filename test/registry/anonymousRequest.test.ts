import { expect } from 'chai'
import { bearer, challenge, json, manifest, manifestUnknown, playing, status } from '../support/registry.ts'
import { useScene } from '../support/registryScene.ts'

const domain = 'registry.example.com'
const image = `${domain}/team/app:1`

describe('the requests of the anonymous check', () => {
  const scene = useScene()

  it('ask for every kind of manifest', async () => {
    scene.registry.play(playing({ head: manifest }))
    await (await scene.lookup([domain])).ask(image)

    expect(scene.registry.requests[0]?.accept?.split(', ')).to.have.members([
      'application/vnd.oci.image.index.v1+json',
      'application/vnd.oci.image.manifest.v1+json',
      'application/vnd.docker.distribution.manifest.list.v2+json',
      'application/vnd.docker.distribution.manifest.v2+json',
    ])
  })

  const digest = `sha256:${'d'.repeat(64)}`
  for (const [written, path] of [
    [`${domain}/team/app`, 'latest'],
    [`${domain}/team/app:1`, '1'],
    [`${domain}/team/app@${digest}`, digest],
    [`${domain}/team/app:1@${digest}`, digest],
  ] as const) {
    it(`name the manifest ${path.slice(0, 12)} of ${written.slice(0, 40)}`, async () => {
      scene.registry.play(playing({ head: manifest }))
      await (await scene.lookup([domain])).ask(written)

      expect(scene.registry.requests[0]?.path).to.equal(`/v2/team/app/manifests/${path}`)
    })
  }

  for (const [endpoint, path] of [
    ['', '/v2/team/app/manifests/1'],
    ['/', '/v2/team/app/manifests/1'],
    ['/v2', '/v2/team/app/manifests/1'],
    ['/v2/', '/v2/team/app/manifests/1'],
    ['/mirror', '/mirror/v2/team/app/manifests/1'],
    ['/v2/acme/cache', '/v2/acme/cache/team/app/manifests/1'],
    ['/harbor/v2/acme', '/harbor/v2/acme/team/app/manifests/1'],
  ] as const) {
    it(`go to ${path} where the endpoint's path is "${endpoint}"`, async () => {
      scene.registry.play(playing({ head: manifest }))
      const lookup = await scene.lookup([], { check: { endpoints: { [domain]: scene.registry.url + endpoint } } })
      await lookup.ask(image)

      expect(scene.registry.requests[0]?.path).to.equal(path)
    })
  }

  it('ask for a token of the repository as the endpoint names it', async () => {
    scene.registry.play(
      playing({ head: challenge(bearer('/token')), token: json(200, { token: 't' }), headWithToken: manifest }),
    )
    const endpoints = { [domain]: `${scene.registry.url}/v2/acme/cache` }
    await (await scene.lookup([], { check: { endpoints } })).ask(image)

    const scopes = scene.registry.requests.flatMap(({ query }) => query.getAll('scope'))
    expect(scopes).to.deep.equal(['repository:acme/cache/team/app:pull'])
  })

  it('make sure with a GET of a 404 that a mirror of an honest registry answers', async () => {
    scene.registry.play(playing({ head: manifestUnknown, get: manifest }))
    const lookup = await scene.lookup([], { check: { endpoints: { 'ghcr.io': scene.registry.url } } })

    expect((await lookup.ask('ghcr.io/team/app:1')).access).to.equal('public')
  })

  it('are none where the first component is no host, as in my_host.example/app', async () => {
    scene.registry.play(playing({ head: manifest }))
    const { access, reason } = await (await scene.lookup(['v2'])).ask('my_host.example/app:1')

    expect([access, reason, scene.transcript]).to.deep.equal(['unknown', 'dns', []])
  })

  it('reach an endpoint on a private address without its network being allowed', async () => {
    scene.registry.play(playing({ head: manifest }))
    const endpoints = { [domain]: scene.registry.url }
    const lookup = await scene.lookup([], { check: { allowedNetworks: [], endpoints } })

    expect((await lookup.ask(image)).access).to.equal('public')
  })

  it('reach no private address that an image names', async () => {
    scene.registry.play(playing({ head: manifest }))
    const lookup = await scene.lookup([], { check: { allowedNetworks: [] } })

    const { access, reason } = await lookup.ask(`${scene.registry.host}/team/app:1`)

    expect([access, reason, scene.registry.requests.length]).to.deep.equal(['unknown', 'blocked-address', 0])
  })

  it('make no GET where the HEAD settles it', async () => {
    scene.registry.play(playing({ head: manifestUnknown, get: status(500) }))
    const lookup = await scene.lookup(['ghcr.io'])

    await lookup.ask('ghcr.io/team/app:1')

    expect(scene.transcript).to.deep.equal(['HEAD manifest'])
  })
})
