import type { Verdicts } from '../../src/decision/verdict.ts'
import { expect } from 'chai'
import { handler } from '../support/admission.ts'
import { anonymous, decider, proxy } from '../support/decisions.ts'
import { review } from '../support/podReviews.ts'
import { recordedReview } from '../support/reviews.ts'
import { old, pod, record, running, secret, unasked, updated, written, type PodOptions } from './runningScene.ts'

describe('an UPDATE of a Pod that runs behind the proxy, whatever the webhook could decide of it,', () => {
  it('keeps the image in audit mode, and changes nothing else there', async () => {
    const handle = handler({ admission: { mode: 'audit', verdicts: unasked } })
    expect(await updated(pod(written, { record }), old, handle)).to.deep.equal({ image: running, record, warnings: [] })
    const verdicts: Verdicts = { anonymous: () => anonymous('private'), proxy: () => proxy('served') }
    const { image } = await updated(
      pod('quay.io/my-org/api:v2', { record }),
      old,
      handler({ admission: { mode: 'audit', verdicts } }),
    )
    expect(image).to.equal('quay.io/my-org/api:v2')
  })

  it('keeps the image while there is no license and no slug, and does not complain', async () => {
    const handle = handler({ admission: { ruling: () => undefined } })
    expect(await updated(pod(written, { record }), old, handle)).to.deep.equal({ image: running, record, warnings: [] })
  })

  it('keeps the image while the webhook is overloaded', async () => {
    const handle = handler({ capacity: 0, admission: { verdicts: unasked } })
    expect(await updated(pod(written, { record }), old, handle)).to.deep.equal({ image: running, record, warnings: [] })
  })

  it('keeps the image of a Pod of more images than are looked at', async () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({ name: `c${index}`, image: `quay.io/a/b:${index}` }))
    const object = pod(written, { record })
    object.spec.containers.push(...many)
    const { image, warnings } = await updated(object, old, handler({ admission: { verdicts: unasked } }))
    expect(image).to.equal(running)
    expect(warnings.join()).to.include('this Pod has 5001 images')
  })

  it('keeps the image of a Pod that does not carry the pull secret', async () => {
    const pullSecrets: string[] = []
    const kept = await updated(
      pod(written, { record, pullSecrets }),
      pod(running, { record, pullSecrets }),
      handler({ admission: { verdicts: unasked } }),
    )
    expect(kept).to.deep.equal({ image: running, record, warnings: [] })
  })

  it('keeps the location that a rule gives where neither annotation nor pull secret tells of it', async () => {
    const rules = [{ match: 'quay.io/my-org/*', action: 'proxy', template: '{domain}/cache/{image}' }] as const
    const location = `proxy.replicated.com/cache/${written}`
    const kept = await updated(
      pod(written, { pullSecrets: [] }),
      pod(location, { pullSecrets: [] }),
      handler({ admission: { rules, ruling: () => ({ decider: decider({ rules }), pullSecret: secret }) } }),
    )
    expect(kept).to.deep.equal({ image: location, record, warnings: [] })
  })

  const rules = [{ match: 'quay.io/my-org/*', action: 'leave' }] as const
  const optOut = { 'image-proxy-webhook/ignore-containers': 'api' }
  const exempt: [string, PodOptions, Parameters<typeof handler>[0]][] = [
    ['its container is opted out', { annotations: optOut }, {}],
    [
      'a rule leaves it',
      {},
      { admission: { rules, ruling: () => ({ decider: decider({ rules }), pullSecret: secret }) } },
    ],
    ['a rule leaves it and there is no license', {}, { admission: { rules, ruling: () => undefined } }],
    [
      'its container is opted out and the webhook overloaded',
      { annotations: optOut },
      { capacity: 0, admission: { verdicts: unasked } },
    ],
  ]
  for (const [what, options, by] of exempt) {
    it(`brings the image back as it is written where ${what}`, async () => {
      const { image } = await updated(pod(written, { record, ...options }), old, handler(by))
      expect(image).to.equal(written)
    })
  }

  it('keeps what runs by the recorded review of a manifest that was applied twice, and says so to its observer', async () => {
    const { body, patch } = recordedReview('update-same-manifest')
    const told: unknown[] = []
    const handle = handler({
      admission: { verdicts: unasked },
      observer: { handled: (_, { images }) => told.push(...images.map(({ decision }) => decision.reason)) },
    })
    expect((await handle(body)).patch).to.deep.equal(patch)
    expect(told).to.deep.equal(['running'])
  })

  it('patches nothing but the image in an ephemeral container', async () => {
    const ephemeral = (image: string) => ({ spec: { ephemeralContainers: [{ name: 'debug', image }] } })
    const { patch } = await handler({ admission: { verdicts: unasked } })(
      review({
        operation: 'UPDATE',
        subResource: 'ephemeralcontainers',
        object: ephemeral(written),
        oldObject: ephemeral(running),
      }),
    )
    expect(patch).to.deep.equal([{ op: 'replace', path: '/spec/ephemeralContainers/0/image', value: running }])
  })
})
