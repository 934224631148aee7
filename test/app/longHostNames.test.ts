import { expect } from 'chai'
import { startAppScene, type AppScene, type TestApp } from '../support/app.ts'
import { podReview } from '../support/podReviews.ts'
import {
  bearer,
  challenge,
  redirect,
  startScriptedRegistry,
  type Reply,
  type ScriptedRegistry,
} from '../support/registry.ts'

/** Longer than the 255 bytes that TLS has room for: OpenSSL's complaint must not end somebody else's connection. */
const longHost = `${'x'.repeat(1800)}.example.com`

describe('a host name that is longer than TLS allows breaks no connection of the webhook’s', () => {
  let scene: AppScene
  let registry: ScriptedRegistry
  let app: TestApp
  before(async () => {
    scene = await startAppScene()
    registry = await startScriptedRegistry(await scene.registries.authority.issue({ names: ['127.0.0.1'] }))
    app = await scene.start({ check: { endpoints: { 'registry.example.com': registry.url } } })
  })
  after(async () => {
    await scene.close()
    await registry.close()
  })

  const cases: readonly [where: string, image: string, answer: Reply][] = [
    ['in an image', `${longHost}/team/app`, 'reset'],
    ['in a realm', 'registry.example.com/team/app', challenge(bearer(`https://${longHost}/token`))],
    ['in a redirect', 'registry.example.com/team/other', redirect(`https://${longHost}/`)],
  ]
  for (const [where, image, answer] of cases) {
    it(where, async () => {
      registry.play(() => answer)
      const images = Array.from({ length: 10 }, (_, index) => `${image}:${index}`)
      const answers = await Promise.all(images.map((image) => app.post(podReview([image]))))
      expect(answers.flatMap(({ images }) => images)).to.deep.equal(images)
      expect(app.lastImages()[0]).to.have.property('anonymous', 'unknown')
    })
  }

  it('and fills no log', async () => {
    await app.post(podReview([`${'x'.repeat(2 ** 20)}.example.com/team/app:1`]))
    expect(app.lines.filter((line) => line.length > 4096)).to.deep.equal([])
  })
})
