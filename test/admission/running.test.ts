import type { Verdicts } from '../../src/decision/verdict.ts'
import { expect } from 'chai'
import jsonPatch from 'fast-json-patch'
import { handler } from '../support/admission.ts'
import { anonymous, decider, pending, proxy } from '../support/decisions.ts'
import { review } from '../support/podReviews.ts'
import { recordedReview } from '../support/reviews.ts'

const P = 'proxy.replicated.com/proxy/my-app'
const written = 'quay.io/my-org/api:v1'
const running = `${P}/${written}`
const annotation = 'image-proxy-webhook/original-images'
const secret = 'my-app-registry'

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

interface PodOptions {
  readonly record?: string | undefined
  readonly annotations?: object
  readonly pullSecrets?: readonly string[]
}

function pod(image: string, { record, annotations, pullSecrets = [secret] }: PodOptions = {}) {
  return {
    metadata: { annotations: { ...annotations, ...(record !== undefined && { [annotation]: record }) } },
    spec: { containers: [{ name: 'api', image }], imagePullSecrets: pullSecrets.map((name) => ({ name })) },
  }
}

const record = JSON.stringify({ api: written })
const old = pod(running, { record })

type Pod = ReturnType<typeof pod>

/** The image and the record of the Pod after an UPDATE, with its warnings. */
async function updated(object: Pod, oldObject: Pod, handle: ReturnType<typeof handler>) {
  const { patch, warnings, allowed } = await handle(review({ operation: 'UPDATE', object, oldObject }))
  expect(allowed).to.equal(true)
  const { spec, metadata } = jsonPatch.applyPatch(structuredClone(object), patch).newDocument
  const annotations = metadata.annotations as Readonly<Record<string, string>> | undefined
  return { image: spec.containers[0]?.image, record: annotations?.[annotation], warnings }
}

/** Registries and a proxy that nobody may ask. */
const unasked: Verdicts = {
  anonymous: () => {
    throw new Error('the registry was asked')
  },
  proxy: () => {
    throw new Error('the proxy was asked')
  },
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

describe('a Pod that is created with an image of an earlier one', () => {
  it('is decided anew, whatever its annotation and a previous Pod say', async () => {
    const verdicts: Verdicts = { anonymous: () => anonymous('public'), proxy: () => undefined }
    const { patch } = await handler({ admission: { verdicts } })(
      review({ operation: 'CREATE', object: pod(written, { record }), oldObject: old }),
    )
    expect(patch.filter(({ path }) => path.startsWith('/spec'))).to.deep.equal([])
  })
})
