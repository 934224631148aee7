import { expect } from 'chai'
import { parseReference } from '../../src/reference/reference.ts'
import { createClock } from '../support/clock.ts'
import { domain, image, license, licenseOf, useLicensedProxy } from '../support/licensedProxy.ts'
import { manifest, status, type Reply } from '../support/registry.ts'
import { hour, minute } from '../support/registryScene.ts'

describe('the proxy', () => {
  const { scene, licensed } = useLicensedProxy()

  describe('that is asked too often for one registry', () => {
    const tooMany: Reply = { status: 429, headers: { 'retry-after': '900' } }
    const quay = `${domain}/proxy/app/quay.io/team/app:1`
    const ghcr = `${domain}/proxy/app/ghcr.io/team/app:1`

    it('is still asked for the images of others', async () => {
      scene.registry.play(({ path }) => (path.includes('quay.io') ? tooMany : manifest))
      const lookup = await licensed()
      const limited = await lookup.askProxy(quay, 'quay.io/team/app:1')
      const other = await lookup.askProxy(ghcr, 'ghcr.io/team/app:1')

      expect([limited?.reason, other?.access]).to.deep.equal(['rate-limited', 'served'])
    })

    it('is not asked for another image of the same', async () => {
      scene.registry.play(() => tooMany)
      const lookup = await licensed()
      await lookup.askProxy(quay, 'quay.io/team/app:1')
      const before = scene.transcript.length
      const verdict = await lookup.askProxy(`${domain}/proxy/app/quay.io/team/other:1`, 'quay.io/team/other:1')

      expect([verdict?.reason, scene.transcript.length]).to.deep.equal(['rate-limited', before])
    })

    it('is asked again after a minute at the latest', async () => {
      const clock = createClock()
      scene.registry.play(() => tooMany)
      const lookup = await licensed({ now: clock.now })
      await lookup.askProxy(quay, 'quay.io/team/app:1')
      clock.advance(60_000)
      scene.registry.play(() => manifest)

      expect(await lookup.askProxy(quay, 'quay.io/team/app:1')).to.include({ access: 'served' })
    })
  })

  describe('that has refused a repository', () => {
    const other = image.replace(':1', ':2')
    const refuse = () => status(404)
    const fail = () => status(503)

    it('has refused it also where it cannot answer now', async () => {
      scene.registry.play(refuse)
      const lookup = await licensed()
      await lookup.askProxy(image)
      scene.registry.play(fail)

      expect(await lookup.askProxy(other)).to.include({ access: 'refused' })
    })

    it('has refused it also for whoever cannot wait for its answer', async () => {
      scene.registry.play(refuse)
      const lookup = await licensed()
      await lookup.askProxy(image)
      scene.registry.play(() => 'hang')
      const answer = lookup.proxy(parseReference(other), { namespace: '' })

      expect(answer).to.have.nested.property('meanwhile.access', 'refused')
    })

    it('has not refused it any more once it serves it', async () => {
      scene.registry.play(refuse)
      const lookup = await licensed()
      await lookup.askProxy(image)
      scene.registry.play(() => manifest)
      await lookup.askProxy(other)
      scene.registry.play(fail)

      expect(await lookup.askProxy(image.replace(':1', ':3'))).to.include({ access: 'unknown' })
    })

    it('has refused no other repository', async () => {
      scene.registry.play(refuse)
      const lookup = await licensed()
      await lookup.askProxy(image)
      scene.registry.play(fail)

      expect(await lookup.askProxy(image.replace('secret', 'another'))).to.include({ access: 'unknown' })
    })

    it('has not refused it to another license', async () => {
      let current = license
      scene.registry.play(refuse)
      const lookup = await licensed({ credentials: () => current })
      await lookup.askProxy(image)
      current = licenseOf('renewed', 'f2')
      scene.registry.play(fail)

      expect(await lookup.askProxy(other)).to.include({ access: 'unknown' })
    })

    it('has refused it for a day', async () => {
      const clock = createClock()
      scene.registry.play(refuse)
      const lookup = await licensed({ now: clock.now })
      await lookup.askProxy(image)
      scene.registry.play(fail)
      clock.advance(24 * hour - 1)
      const before = await lookup.askProxy(other)
      clock.advance(minute)
      const after = await lookup.askProxy(image.replace(':1', ':3'))

      expect([before?.access, after?.access]).to.deep.equal(['refused', 'unknown'])
    })
  })
})
