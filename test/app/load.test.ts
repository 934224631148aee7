import { expect } from 'chai'
import { licenseId } from '../../testbed/scene.ts'
import { startAppScene, type AppScene, type TestApp } from '../support/app.ts'
import { startHttpsServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { podReview } from '../support/podReviews.ts'
import { manifest } from '../support/registry.ts'

const P = 'proxy.replicated.com/proxy/my-app'
const privateImage = 'quay.io/my-org/api:v1.0.1'
const publicImage = 'redis:7'

describe('the webhook under load', () => {
  let scene: AppScene
  let app: TestApp
  /** Where a silent registry is asked, and the deadline is all that ends that. */
  let impatient: TestApp
  let silent: RunningServer
  let large: RunningServer
  let largeRequests: number

  before(async () => {
    scene = await startAppScene()
    const certificate = await scene.registries.authority.issue({ names: ['localhost'] })
    silent = await startHttpsServer(certificate, () => undefined)
    large = await startHttpsServer(certificate, (_, response) => {
      largeRequests++
      if (typeof manifest === 'object') response.writeHead(manifest.status, manifest.headers).end()
    })
    const license = { id: licenseId }
    const endpoints = { 'silent.example.com': `https://${silent.host}`, 'large.example.com': `https://${large.host}` }
    app = await scene.start({ license, check: { deadline: '5s', timeout: '9s', endpoints } })
    impatient = await scene.start({ license, check: { deadline: '1500ms', timeout: '9s', endpoints } })
  })
  beforeEach(() => {
    largeRequests = 0
  })
  after(async () => {
    await scene.close()
    await Promise.all([silent.close(), large.close()])
  })

  it('answers 200 Pods at once, each rightly', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        app.post(podReview([privateImage, publicImage, `large.example.com/team/app:${index % 20}`])),
      ),
    )
    const right = answers.filter(({ images }) => images[0] === `${P}/${privateImage}` && images[1] === publicImage)
    expect(right).to.have.lengthOf(200)
    expect(answers.flatMap(({ warnings }) => warnings)).to.deep.equal([])
    expect(largeRequests).to.equal(20)
  })

  it('answers a Pod with 2 000 images of one silent registry within the deadline, in 16 warnings', async () => {
    const images = Array.from({ length: 2000 }, (_, index) => `silent.example.com/team/app:${index}`)
    const answer = await impatient.post(podReview([...images, privateImage]))
    expect(answer.milliseconds).to.be.lessThan(7000)
    expect(answer.images).to.deep.equal([...images, `${P}/${privateImage}`])
    expect(answer.warnings).to.have.lengthOf(16)
    expect(answer.warnings.at(-1)).to.match(/^and 1985 more/)
  })

  it('holds up no other Pod while that registry is asked', async () => {
    const images = Array.from({ length: 500 }, (_, index) => `silent.example.com/team/other:${index}`)
    const slow = impatient.post(podReview(images))
    const other = await impatient.post(podReview([`large.example.com/team/beside:1`, publicImage]))
    expect(impatient.logged(({ msg }) => msg === 'admission').at(-1)?.uid).to.equal(other.uid)
    expect(other.warnings).to.deep.equal([])
    await slow
  })

  it('decides upon 2 000 images of a registry that answers', async () => {
    const images = Array.from({ length: 2000 }, (_, index) => `large.example.com/team/app-${index}:1`)
    let answer = await app.post(podReview(images))
    // What the deadline cut off is known to the Pod that comes next.
    for (let next = 0; next < 3 && answer.warnings.length > 0; next++) answer = await app.post(podReview(images))
    expect(answer.warnings).to.deep.equal([])
    expect(largeRequests).to.equal(2000)
  })

  it('refuses 7 MiB with 413, and answers whatever comes along the same connections', async () => {
    const huge = Buffer.alloc(7 * 1024 * 1024, ' ')
    expect((await app.send(huge)).status).to.equal(413)
    expect((await app.post(podReview([publicImage]))).images).to.deep.equal([publicImage])
  })

  it('writes a log line of bounded length, whatever a Pod calls an image', async () => {
    const name = 'x'.repeat(2 * 1024 * 1024)
    const { images } = await app.post(podReview([name, publicImage]))
    expect(images).to.deep.equal([name, publicImage])
    expect(app.lastImages().map(({ image }) => image.length)).to.deep.equal([131, publicImage.length])
    expect(app.lines.at(-1)).to.have.lengthOf.lessThan(4096)
  })

  it('writes a log line of bounded length, however many images a Pod has', async () => {
    await app.post(podReview(Array.from({ length: 5000 }, () => publicImage)))
    expect(app.lines.at(-1)).to.have.lengthOf.lessThan(16 * 1024)
    const { furtherImages } = JSON.parse(app.lines.at(-1) ?? '') as { furtherImages: number }
    expect(app.lastImages().length + furtherImages).to.equal(5000)
  })

  it('writes a log line of less than 5 KiB for a Pod with 50 images of control characters', async () => {
    const control = '\u0001'.repeat(1000)
    await app.post(
      podReview(
        Array.from({ length: 50 }, () => control),
        { namespace: control, name: control, uid: control },
      ),
    )
    expect(Buffer.byteLength(app.lines.at(-1) ?? '')).to.be.lessThan(5 * 1024)
  })
})
