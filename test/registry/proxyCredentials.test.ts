import { expect } from 'chai'
import {
  canary,
  domain,
  image,
  custom,
  basicLicense,
  basicChallenge,
  granted,
  realmHere,
  licenseBy,
  basicOf,
  withBasic,
  useLicensedProxy,
} from '../support/licensedProxy.ts'
import { bearer, challenge, manifest, playing, redirect, type ScriptedRegistry } from '../support/registry.ts'

describe('the proxy', () => {
  const { scene, licensed } = useLicensedProxy()

  describe('with several domains', () => {
    /** The default domain is at the first registry, the custom one at the other. */
    async function apart(passwords: Readonly<Record<string, string>>) {
      const endpoints = { [domain]: scene.registry.url, [custom]: scene.other.url }
      return licensed({ check: { endpoints }, credentials: () => licenseBy(passwords) })
    }
    const shown = (registry: ScriptedRegistry) =>
      registry.requests.flatMap(({ authorization }) => (authorization?.startsWith('Basic') ? [authorization] : []))

    it('shows each host the credentials of its own entry', async () => {
      for (const registry of [scene.registry, scene.other]) {
        registry.play(playing({ head: basicChallenge, headWithToken: manifest }))
      }
      const lookup = await apart({ [domain]: 'default-password', [custom]: 'custom-password' })
      await lookup.askProxy(image)
      await lookup.askProxy(`${custom}/proxy/app/redis:7`)

      expect([shown(scene.registry), shown(scene.other)]).to.deep.equal([
        [basicOf('default-password')],
        [basicOf('custom-password')],
      ])
    })

    it('shows a realm at another of the domains the credentials of that domain', async () => {
      scene.registry.play(playing({ head: challenge(bearer(`${scene.other.url}/token`)), headWithToken: manifest }))
      scene.other.play(playing({ token: granted }))
      const lookup = await apart({ [domain]: 'default-password', [custom]: 'custom-password' })
      await lookup.askProxy(image)

      expect(shown(scene.other)).to.deep.equal([basicOf('custom-password')])
    })

    it('shows a domain without an entry nothing, where another one redirects to it', async () => {
      scene.registry.play(playing({ head: redirect(`${scene.other.url}/v2/secret/manifests/1`) }))
      scene.other.play(playing({ head: basicChallenge, headWithToken: manifest }))
      const lookup = await apart({ [domain]: 'default-password' })
      const verdict = await lookup.askProxy(image)

      expect([verdict?.reason, shown(scene.other)]).to.deep.equal(['bad-redirect', []])
    })

    it('shows a host its own entry rather than that of a domain for which it stands in', async () => {
      scene.registry.play(playing({ head: basicChallenge, headWithToken: manifest }))
      const lookup = await licensed({
        check: { endpoints: { [domain]: scene.registry.url } },
        credentials: () => licenseBy({ [scene.registry.host]: 'own-password', [domain]: 'default-password' }),
      })
      await lookup.askProxy(image)

      expect(shown(scene.registry)).to.deep.equal([basicOf('own-password')])
    })
  })

  describe('alone sees the license:', () => {
    afterEach(() => {
      expect(scene.other.requests.filter(({ authorization }) => authorization?.startsWith('Basic'))).to.deep.equal([])
    })

    it('a realm on a foreign host is not asked at all', async () => {
      scene.registry.play(playing({ head: challenge(bearer(`${scene.other.url}/token`)) }))
      scene.other.play(playing({ token: granted }))
      const verdict = await (await licensed()).askProxy(image)

      expect([verdict?.access, verdict?.reason, scene.transcript]).to.deep.equal([
        'unknown',
        'bad-realm',
        ['HEAD manifest'],
      ])
    })

    it('a realm on a foreign host is not asked by the next check either', async () => {
      scene.registry.play(playing({ head: challenge(bearer(`${scene.other.url}/token`)) }))
      const lookup = await licensed()
      await lookup.askProxy(image)
      await lookup.askProxy(`${domain}/proxy/app/redis:7`)

      expect(scene.transcript).to.deep.equal(['HEAD manifest', 'HEAD manifest'])
    })

    it('a foreign host that it redirects to gets the request without credentials', async () => {
      scene.registry.play(
        playing({ head: basicChallenge, headWithToken: redirect(`${scene.other.url}/v2/blob/manifests/1`) }),
      )
      scene.other.play(playing({ head: manifest }))
      const verdict = await (await licensed()).askProxy(image)

      expect([verdict?.access, scene.transcript.at(-1)]).to.deep.equal(['served', 'other: HEAD manifest'])
    })

    it('a foreign host that it redirects to gets no credentials when it asks for them either', async () => {
      for (const requirement of [basicChallenge, challenge(bearer('/token'))]) {
        scene.registry.play(playing({ head: redirect(`${scene.other.url}/v2/blob/manifests/1`) }))
        scene.other.play(playing({ head: requirement, token: granted, headWithToken: manifest }))
        const verdict = await (await licensed()).askProxy(image)

        expect([verdict?.access, verdict?.reason]).to.deep.equal(['unknown', 'bad-redirect'])
        expect(scene.transcript.at(-1)).to.equal('other: HEAD manifest')
      }
    })

    it('the anonymous check of an image on the proxy itself does not show it', async () => {
      scene.registry.play(playing({ head: basicChallenge }))
      await (await licensed()).ask(image)

      expect(scene.registry.requests.map(({ authorization }) => authorization)).to.deep.equal([undefined])
    })

    it('an image’s own registry gets no credentials', async () => {
      scene.registry.play(playing({ head: basicChallenge, headWithToken: manifest }))
      scene.other.play(playing({ head: basicChallenge }))
      const lookup = await licensed({
        check: { endpoints: { [domain]: scene.registry.url, 'quay.io': scene.other.url } },
      })
      await lookup.askProxy(image)
      await lookup.ask('quay.io/team/secret:1')

      expect(scene.transcript).to.deep.equal([...withBasic, 'other: HEAD manifest'])
    })

    it('an observer hears nothing of it, nor of a token', async () => {
      const heard: unknown[] = []
      const hear = (event: unknown) => heard.push(event)
      scene.registry.play(
        playing({ head: realmHere, token: granted, headWithToken: redirect('/v2/x?token=licensed-token') }),
      )
      const lookup = await licensed({ observer: { request: hear, check: hear, host: hear, cache: hear, fault: hear } })
      await lookup.askProxy(image)
      const told = JSON.stringify(heard)

      expect(heard).to.not.be.empty
      for (const secret of [canary, basicLicense.slice(6), 'licensed-token']) expect(told).to.not.include(secret)
    })
  })
})
