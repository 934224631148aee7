import { once } from 'node:events'
import { connect } from 'node:tls'
import { stringify } from 'yaml'
import { expect } from 'chai'
import { licenseId } from '../../testbed/scene.ts'
import { createWebhookClient, startAppScene, type AppScene } from '../support/app.ts'
import { eventually } from '../support/eventually.ts'
import { mountSecret } from '../support/mountedSecret.ts'
import { podReview } from '../support/podReviews.ts'

const privateImage = 'quay.io/my-org/api:v1.0.1'

describe('the webhook with mounted Secrets', () => {
  let scene: AppScene
  before(async () => {
    scene = await startAppScene()
  })
  after(() => scene.close())

  async function servedSerial(port: number): Promise<string> {
    const socket = connect({ port, host: 'localhost', ca: scene.ca })
    await once(socket, 'secureConnect')
    const { serialNumber } = socket.getPeerCertificate()
    socket.destroy()
    return serialNumber
  }

  it('serves each new certificate without one failed request, on kept and on new connections', async () => {
    const issue = async () => {
      const { cert, key } = await scene.registries.authority.issue({ names: ['localhost'] })
      return { 'tls.crt': cert, 'tls.key': key }
    }
    const mounted = await mountSecret(scene.path('tls'), await issue())
    const tls = { mode: 'files', certFile: mounted.path('tls.crt'), keyFile: mounted.path('tls.key') }
    const app = await scene.start({ server: { tls } })
    let running = true
    let answered = 0
    const load = Array.from({ length: 6 }, async (_, index) => {
      while (running) {
        const client = index % 2 === 0 ? app : createWebhookClient(app.port, scene.ca)
        const { images } = await client.post(podReview(['redis:7']))
        expect(images).to.deep.equal(['redis:7'])
        if ('close' in client) client.close()
        answered++
      }
    })
    const serials = new Set<string>()
    for (let change = 0; change < 3; change++) {
      serials.add(await servedSerial(app.port))
      const before = answered
      if (change < 2) await mounted.update(await issue())
      await eventually(async () => {
        if (change < 2) expect(serials).not.to.include(await servedSerial(app.port))
        expect(answered).to.be.greaterThan(before)
      })
    }
    running = false
    await Promise.all(load)

    expect(serials.size).to.equal(3)
    expect(await app.metric('image_proxy_webhook_certificate_expiry_timestamp_seconds')).to.be.greaterThan(
      Date.now() / 1000,
    )
  })

  describe('whose license changes', () => {
    const license = (id: string) => ({
      'license.yaml': stringify({
        apiVersion: 'kots.io/v1beta1',
        kind: 'License',
        spec: { licenseID: id, appSlug: 'my-app' },
      }),
    })

    it('asks the proxy with a new license as soon as that is there, and with no verdict of the old one', async () => {
      const { proxy } = scene.registries
      const mounted = await mountSecret(scene.path('license'), license('of-nobody'))
      const app = await scene.start({ appSlug: '', license: { file: mounted.path('license.yaml') } })
      const refused = () => app.metric('image_proxy_webhook_license_refused')
      const before = await app.post(podReview([privateImage]))
      expect(await refused()).to.equal(1)
      await mounted.update(license(licenseId))
      await eventually(() => {
        expect(app.logged(({ msg }) => msg === 'license')).to.have.lengthOf(2)
      })
      expect(await refused()).to.equal(0)
      const after = await app.post(podReview([privateImage]))

      expect(before.images).to.deep.equal([privateImage])
      expect(before.warnings.join()).to.match(/the license does not grant it/)
      expect(after.images).to.deep.equal([`proxy.replicated.com/proxy/my-app/${privateImage}`])
      expect(proxy.pulls.at(-1)).to.include({ license: licenseId, status: 200 })
    })

    it('tells of a license that is revoked in warnings and in a metric, and of its return', async () => {
      const { proxy } = scene.registries
      const id = 'of-a-customer'
      proxy.setLicense(id, 'active')
      const check = { cache: { private: '1ms', missing: '1ms', stale: '0' } }
      const app = await scene.start({ license: { id }, check })
      const refused = () => app.metric('image_proxy_webhook_license_refused')
      const served = await app.post(podReview([privateImage]))
      expect([served.warnings, await refused()]).to.deep.equal([[], 0])

      for (const status of ['revoked', 'expired'] as const) {
        proxy.setLicense(id, status)
        await eventually(async () => {
          const { warnings } = await app.post(podReview([privateImage]))
          expect(warnings.join()).to.match(/the license does not grant it \(expired/)
        })
        expect(await refused()).to.equal(1)
      }

      proxy.setLicense(id, 'active')
      await eventually(async () => {
        expect((await app.post(podReview([privateImage]))).warnings).to.deep.equal([])
      })
      expect(await refused()).to.equal(0)
    })
  })
})
