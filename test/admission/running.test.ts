import type { Verdicts } from '../../src/decision/verdict.ts'
import { expect } from 'chai'
import { handler } from '../support/admission.ts'
import { anonymous, pending, proxy } from '../support/decisions.ts'
import { review } from '../support/podReviews.ts'
import { old, P, pod, record, running, unasked, updated, written } from './runningScene.ts'

const registries: Readonly<Record<string, Verdicts['anonymous']>> = {
  public: () => anonymous('public'),
  private: () => anonymous('private'),
  missing: () => anonymous('missing'),
  429: () => anonymous('unknown', 'rate-limited'),
  hangs: () => pending(),
}
const proxies: Readonly<Record<string, Verdicts['proxy']>> = {
  served: () => proxy('served'),
  refused: () => proxy('refused'),
  missing: () => proxy('refused', 'not-found'),
  429: () => proxy('unknown', 'rate-limited'),
  hangs: () => pending(),
}

/** Whether an image that the Pod did not run yet is rewritten. */
function isRewritten(registry: string, proxy: string): boolean {
  if (registry === 'public') return false
  return proxy === 'served' || (registry === 'private' && ['429', 'hangs'].includes(proxy))
}

describe('an UPDATE of a Pod that runs behind the proxy', () => {
  for (const [registry, anonymous] of Object.entries(registries)) {
    for (const [answer, proxy] of Object.entries(proxies)) {
      const handle = handler({ deadline: 10, admission: { verdicts: { anonymous, proxy } } })

      it(`keeps the image of an unchanged manifest, and its record (registry: ${registry}, proxy: ${answer})`, async () => {
        const kept = await updated(pod(written, { record }), old, handle)
        expect(kept).to.deep.equal({ image: running, record, warnings: [] })
      })

      for (const [what, image] of [
        ['a new tag', 'quay.io/my-org/api:v2'],
        ['a new image', 'ghcr.io/other/tool:v1'],
      ] as const) {
        const rewritten = isRewritten(registry, answer)
        it(`${rewritten ? 'rewrites' : 'leaves'} ${what} (registry: ${registry}, proxy: ${answer})`, async () => {
          const next = await updated(pod(image, { record }), old, handle)
          expect(next).to.deep.include({
            image: rewritten ? `${P}/${image}` : image,
            record: rewritten ? JSON.stringify({ api: image }) : undefined,
          })
        })
      }
    }
  }

  it('asks neither the registry nor the proxy for an image that the Pod runs already', async () => {
    const kept = await updated(pod(written, { record }), old, handler({ admission: { verdicts: unasked } }))
    expect(kept.image).to.equal(running)
  })

  it('writes the record again where the manifest replaced all annotations', async () => {
    const kept = await updated(pod(written), old, handler({ admission: { verdicts: unasked } }))
    expect(kept.record).to.equal(record)
  })

  it('keeps an image by its location alone where no annotation tells of it', async () => {
    const kept = await updated(pod(written), pod(running), handler({ admission: { verdicts: unasked } }))
    expect(kept.image).to.equal(running)
  })

  it('keeps what the annotation tells where the slug, the domain or the pull secret is another one by now', async () => {
    const earlier = `images.vendor.example/proxy/former-app/${written}`
    const pullSecrets = ['former-app-registry']
    const kept = await updated(
      pod(written, { record, pullSecrets }),
      pod(earlier, { record, pullSecrets }),
      handler({ admission: { verdicts: unasked } }),
    )
    expect(kept).to.deep.equal({ image: earlier, record, warnings: [] })
  })

  it('keeps a short name of Docker Hub that a template spells in full', async () => {
    const location = 'harbor.example/docker.io/library/redis:7'
    const kept = await updated(
      pod('redis:7', { record: '{"api":"redis:7"}' }),
      pod(location, { record: '{"api":"redis:7"}' }),
      handler({ admission: { verdicts: unasked } }),
    )
    expect(kept.image).to.equal(location)
  })

  it('keeps nothing by an annotation that speaks of another image than the one that runs', async () => {
    const verdicts: Verdicts = { anonymous: () => anonymous('public'), proxy: () => undefined }
    for (const other of ['redis:7', 'mirror.example/my-org/api:v2', `${P}/quay.io/my-org/other:v1`]) {
      const { image } = await updated(
        pod(written, { record }),
        pod(other, { record }),
        handler({ admission: { verdicts } }),
      )
      expect(image, other).to.equal(written)
    }
  })

  it('keeps nothing by an annotation that speaks of another image than the one that is written', async () => {
    const verdicts: Verdicts = { anonymous: () => anonymous('public'), proxy: () => undefined }
    const earlier = JSON.stringify({ api: 'quay.io/my-org/other:v1' })
    const { image } = await updated(
      pod(written, { record: earlier }),
      pod('mirror.example/my-org/api:v1', { record: earlier }),
      handler({ admission: { verdicts } }),
    )
    expect(image).to.equal(written)
  })

  it('keeps nothing that only looks like a location and that no annotation speaks of', async () => {
    const verdicts: Verdicts = { anonymous: () => anonymous('public'), proxy: () => undefined }
    const { image } = await updated(
      pod(written),
      pod('mirror.example/my-org/api:v1'),
      handler({ admission: { verdicts } }),
    )
    expect(image).to.equal(written)
  })

  it('takes no container for one that runs that the Pod did not have', async () => {
    const verdicts: Verdicts = { anonymous: () => anonymous('private'), proxy: () => undefined }
    const object = pod('registry.example.com:5000/ns/image:tag')
    const oldObject = { ...object, spec: { ...object.spec, containers: [] } }
    const { warnings } = await updated(object, oldObject, handler({ admission: { verdicts } }))
    expect(warnings.join()).to.include('has a port')
  })
})

describe('a Pod that is created with an image of an earlier one', () => {
  it('is decided anew, whatever its annotation and a previous Pod say', async () => {
    const verdicts: Verdicts = { anonymous: () => anonymous('public'), proxy: () => undefined }
    const { patch } = await handler({ admission: { verdicts } })(
      review({ operation: 'CREATE', object: pod(written, { record }), oldObject: old }),
    )
    expect(patch.filter(({ path }) => path.startsWith('/spec'))).to.deep.equal([])
  })
})
