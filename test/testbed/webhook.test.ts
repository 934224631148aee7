import { expect } from 'chai'
import { startScene } from '../../testbed/scene.ts'
import { startWebhook } from '../../testbed/webhook.ts'
import { podReview } from '../support/podReviews.ts'

describe("the demo's webhook", () => {
  it('is followed through an image with a line separator of Unicode', async () => {
    await using started = new AsyncDisposableStack()
    const scene = await startScene()
    started.defer(() => scene.close())
    const webhook = await startWebhook(scene)
    started.defer(() => webhook.stop())

    const { images } = await webhook.post(podReview(['redis\u20287']))
    expect(images.map(({ image, reason }) => [image, reason])).to.deep.equal([['redis\u20287', 'invalid-reference']])
  })

  it('that ends instead of listening is told with what it said itself', async () => {
    await using started = new AsyncDisposableStack()
    const scene = await startScene()
    started.defer(() => scene.close())
    const failed = startWebhook({ ...scene, endpoints: { 'quay.io': 'no URL' } }).then(
      () => '',
      (error: unknown) => String(error),
    )
    expect(await failed).to.match(/ended without listening; it said:[^]*check\.endpoints/)
  })
})
