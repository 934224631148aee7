import { expect } from 'chai'
import { bearer, challenge, json, manifest, playing, redirect } from '../support/registry.ts'
import { useScene } from '../support/registryScene.ts'

const domain = 'registry.example.com'
const image = `${domain}/team/app:1`
const granted = json(200, { token: 'anonymous-token' })

describe('the requests of the anonymous check, where a registry names other hosts', () => {
  const scene = useScene()

  describe('after a redirect', () => {
    it('are made through five redirects', async () => {
      scene.registry.play(({ path }) => {
        const hop = Number(/hop(\d)/.exec(path)?.[1] ?? 0)
        return hop < 5 ? redirect(`/hop${hop + 1}`) : manifest
      })

      expect((await (await scene.lookup([domain])).ask(image)).access).to.equal('public')
    })

    it('end after five redirects', async () => {
      scene.registry.play(() => redirect('/again'))
      const { access, reason } = await (await scene.lookup([domain])).ask(image)

      expect([access, reason, scene.registry.requests.length]).to.deep.equal(['unknown', 'bad-redirect', 6])
    })

    for (const code of [301, 302, 303, 307, 308]) {
      it(`stay a HEAD where its status is ${code}`, async () => {
        scene.registry.play(playing({ head: redirect(`${scene.other.url}/v2/a/manifests/1`, code) }))
        scene.other.play(playing({ head: manifest }))
        await (await scene.lookup([domain])).ask(image)

        expect(scene.transcript).to.deep.equal(['HEAD manifest', 'other: HEAD manifest'])
      })
    }

    it('do not go on to plain http', async () => {
      scene.registry.play(playing({ head: redirect(`http://${scene.other.host}/v2/a/manifests/1`) }))
      const { access, reason } = await (await scene.lookup([domain])).ask(image)

      expect([access, reason]).to.deep.equal(['unknown', 'bad-redirect'])
    })

    it('do not show a token to another host', async () => {
      const { registry, other } = scene
      registry.play(
        playing({
          head: challenge(bearer('/token')),
          token: granted,
          headWithToken: redirect(`${other.url}/v2/a/manifests/1`),
        }),
      )
      other.play(playing({ head: manifest }))
      await (await scene.lookup([domain])).ask(image)

      expect(other.requests.map(({ authorization }) => authorization)).to.deep.equal([undefined])
    })

    it("answer the other host's challenge with a token for that host alone", async () => {
      const { registry, other } = scene
      registry.play(playing({ head: redirect(`${other.url}/v2/a/manifests/1`) }))
      other.play(playing({ head: challenge(bearer('/token')), token: granted, headWithToken: manifest }))
      const { access } = await (await scene.lookup([domain])).ask(image)

      expect([access, scene.transcript]).to.deep.equal([
        'public',
        ['HEAD manifest', 'other: HEAD manifest', 'other: GET token', 'other: HEAD manifest with token'],
      ])
    })
  })

  describe('to a host that a registry names', () => {
    const outside = () => ({ check: { allowedNetworks: [], endpoints: { [domain]: scene.registry.url } } })

    it('are refused where that is a private address and the registry is not in an allowed network', async () => {
      scene.registry.play(playing({ head: redirect(`${scene.other.url}/v2/a/manifests/1`) }))
      const { reason } = await (await scene.lookup([], outside())).ask(image)

      expect([reason, scene.transcript]).to.deep.equal(['blocked-address', ['HEAD manifest']])
    })

    it('are refused where the realm of a challenge is on a private address', async () => {
      scene.registry.play(playing({ head: challenge(bearer(`${scene.other.url}/token`)) }))
      const { reason } = await (await scene.lookup([], outside())).ask(image)

      expect([reason, scene.transcript]).to.deep.equal(['blocked-address', ['HEAD manifest']])
    })

    it('are made where the realm is on the same host and port', async () => {
      scene.registry.play(playing({ head: challenge(bearer('/token')), token: granted, headWithToken: manifest }))

      expect((await (await scene.lookup([], outside())).ask(image)).access).to.equal('public')
    })
  })

  it('are as few as five redirects and one token allow when two hosts challenge and redirect in turn', async () => {
    const { registry, other } = scene
    const bounce = (to: string) =>
      playing({ head: challenge(bearer('/token')), token: granted, headWithToken: redirect(`${to}/v2/a/manifests/1`) })
    registry.play(bounce(other.url))
    other.play(bounce(`https://${domain}`))
    const { reason } = await (await scene.lookup([domain])).ask(image)

    expect([reason, scene.transcript.filter((line) => line.includes('GET token')).length]).to.deep.equal([
      'bad-redirect',
      2,
    ])
  })

  it('end at the second challenge of a registry that challenges anew for each token', async () => {
    let count = 0
    scene.registry.play(({ path }) =>
      path === '/token' ? granted : challenge(bearer('/token', { service: `s${count++}` })),
    )
    const { access } = await (await scene.lookup([domain])).ask(image)

    expect([access, scene.transcript]).to.deep.equal([
      'private',
      ['HEAD manifest', 'GET token', 'HEAD manifest with token'],
    ])
  })
})
