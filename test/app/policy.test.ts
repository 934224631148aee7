import { expect } from 'chai'
import { licenseId } from '../../testbed/scene.ts'
import { startAppScene, type AppScene, type TestApp } from '../support/app.ts'
import { podReview } from '../support/podReviews.ts'

const P = 'proxy.replicated.com/proxy/my-app'
const privateImage = 'quay.io/my-org/api:v1.0.1'
const publicImage = 'redis:7'
const pause = 'registry.k8s.io/pause:3.10'

describe('the whole webhook, by its policy,', () => {
  let scene: AppScene
  before(async () => {
    scene = await startAppScene()
  })
  after(() => scene.close())

  describe('by default', () => {
    let app: TestApp
    before(async () => {
      app = await scene.start({ license: { id: licenseId } })
    })

    const secret = 'my-app-registry'
    const images: readonly [what: string, image: string, admitted: string, pullSecrets: string[], warning?: string][] =
      [
        ['rewrites a private image', privateImage, `${P}/${privateImage}`, [secret]],
        ['rewrites a private image of Docker Hub', 'my-org/private:1', `${P}/my-org/private:1`, [secret]],
        [
          'rewrites an image whose registry asks for Basic credentials',
          '499999999999.dkr.ecr.us-east-2.amazonaws.com/demo-apps/nginx:1',
          `${P}/499999999999.dkr.ecr.us-east-2.amazonaws.com/demo-apps/nginx:1`,
          [secret],
        ],
        ['leaves a public image', publicImage, publicImage, []],
        [
          'leaves a private image that the proxy does not serve',
          'ghcr.io/my-org/log-shipper:2',
          'ghcr.io/my-org/log-shipper:2',
          [],
          'not readable without credentials, and the ',
        ],
        [
          'leaves an image that does not exist',
          'quay.io/my-org/gone:1',
          'quay.io/my-org/gone:1',
          [],
          'its registry has no such manifest, and the proxy does not find it',
        ],
        ['leaves what is no reference', 'UPPER/case:??', 'UPPER/case:??', [], 'tag'],
        [
          'attaches the pull secret for an image that is on the proxy',
          `${P}/${privateImage}`,
          `${P}/${privateImage}`,
          [secret],
        ],
      ]
    for (const [what, image, expected, expectedSecrets, warning] of images) {
      it(`${what}, ${warning === undefined ? 'without' : 'with'} a warning`, async () => {
        const { images, pullSecrets, warnings } = await app.post(podReview([image]))
        expect({ images, pullSecrets }).to.deep.equal({ images: [expected], pullSecrets: expectedSecrets })
        expect(warnings).to.have.lengthOf(warning === undefined ? 0 : 1)
        expect(warnings.join()).to.include(warning ?? '')
      })
    }

    it('attaches the pull secret to a Pod that needs it, and to no other', async () => {
      expect((await app.post(podReview([privateImage, publicImage]))).pullSecrets).to.deep.equal(['my-app-registry'])
      expect((await app.post(podReview([publicImage]))).pullSecrets).to.deep.equal([])
    })

    it('has nothing to change in a Pod that it changed', async () => {
      const { images } = await app.post(podReview([privateImage]))
      const body = JSON.parse(podReview(images)) as { request: { object: { spec: object } } }
      Object.assign(body.request.object.spec, { imagePullSecrets: [{ name: 'my-app-registry' }] })
      expect((await app.post(JSON.stringify(body))).patch).to.deep.equal([])
    })
  })

  it('changes nothing in audit mode, and says what it would have done', async () => {
    const app = await scene.start({ license: { id: licenseId }, policy: { mode: 'audit' } })
    const { patch, warnings } = await app.post(podReview([privateImage, publicImage, `${P}/${privateImage}`]))
    expect(patch).to.deep.equal([])
    expect(warnings).to.deep.equal([`image "${privateImage}" would be pulled as "${P}/${privateImage}" (audit mode)`])
    expect(app.lastImages().map(({ decision }) => decision)).to.deep.equal(['rewrite', 'leave', 'attach'])
    expect(await app.metric('image_proxy_webhook_images_total{decision="rewrite",reason="private"}')).to.equal(1)
  })

  it('rewrites public images where it is told to and the proxy serves them', async () => {
    const app = await scene.start({ license: { id: licenseId }, policy: { proxyPublicImages: true } })
    const { images } = await app.post(podReview([publicImage, pause]))
    expect(images).to.deep.equal([`${P}/${publicImage}`, pause])
  })

  it('follows the first rule that matches, and asks no registry', async () => {
    const app = await scene.start({
      license: { id: licenseId },
      policy: {
        rules: [
          { match: 'registry.k8s.io/*', action: 'proxy', template: 'mirror.example.com/{repository}{suffix}' },
          { match: 'quay.io/my-org/api', action: 'leave' },
          { match: 'quay.io/my-org/*', action: 'proxy' },
        ],
      },
    })
    const { images } = await app.post(podReview([pause, privateImage, 'quay.io/my-org/gone:1']))
    expect(images).to.deep.equal(['mirror.example.com/pause:3.10', privateImage, `${P}/quay.io/my-org/gone:1`])
    expect(app.logged(({ msg }) => msg === 'registry request')).to.deep.equal([])
    expect(app.lastImages().map(({ rule }) => rule)).to.deep.equal([
      'registry.k8s.io/*',
      'quay.io/my-org/api',
      'quay.io/my-org/*',
    ])
  })

  it('asks the endpoint that stands in for a registry', async () => {
    const [publicRegistry] = scene.registries.registries
    const url = publicRegistry?.registry.url ?? ''
    const app = await scene.start({ check: { endpoints: { 'mirrored.example.com': url } } })
    await app.post(podReview(['mirrored.example.com/pause:3.10']))
    expect(app.lastImages().map(({ reason }) => reason)).to.deep.equal(['public'])
  })

  it('asks no address inside the network that only a Pod names', async () => {
    const [publicRegistry] = scene.registries.registries
    const { host } = new URL(publicRegistry?.registry.url ?? '')
    const app = await scene.start()
    const { images } = await app.post(podReview([`${host}/pause:3.10`]))
    expect(images).to.deep.equal([`${host}/pause:3.10`])
    expect(app.lastImages().map(({ anonymousReason }) => anonymousReason)).to.deep.equal(['blocked-address'])
  })

  it('rewrites private images without asking the proxy where it has no license', async () => {
    const app = await scene.start()
    const pulls = scene.registries.proxy.pulls.length
    const { images } = await app.post(podReview([privateImage, 'ghcr.io/my-org/log-shipper:2']))
    expect(images).to.deep.equal([`${P}/${privateImage}`, `${P}/ghcr.io/my-org/log-shipper:2`])
    expect(scene.registries.proxy.pulls).to.have.lengthOf(pulls)
  })

  it('leaves images alone where nothing tells the slug of the application, and says so at the start', async () => {
    const app = await scene.start({ appSlug: '' })
    const [told] = app.logged(({ msg }) => msg === 'images are left alone')
    expect(told).to.include({ level: 'error' })
    expect(JSON.stringify(told)).to.include('nothing tells the appSlug')
    const { images, warnings } = await app.post(podReview([privateImage]))
    expect([images, warnings.join()]).to.deep.equal([
      [privateImage],
      'image-proxy-webhook has no usable license or appSlug: images are left alone',
    ])
  })
})
