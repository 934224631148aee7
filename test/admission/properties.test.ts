import { expect } from 'chai'
import fc from 'fast-check'
import type { AnonymousVerdict, ProxyVerdict } from '../../src/decision/verdict.ts'
import { handler } from '../support/admission.ts'
import { anonymous, decider, proxy } from '../support/decisions.ts'
import { review } from '../support/podReviews.ts'

describe('any review, valid or not', () => {
  const verdict = fc
    .constantFrom<AnonymousVerdict['access']>('public', 'private', 'missing', 'unknown')
    .map((access) => anonymous(access))
  const answer = fc.option(
    fc.constantFrom<ProxyVerdict['access']>('served', 'refused', 'unknown').map((access) => proxy(access)),
    { nil: undefined },
  )
  const image = fc.oneof(
    fc.constantFrom(
      'quay.io/a/b:1',
      'redis',
      'Acme/app',
      'proxy.replicated.com/proxy/my-app/redis',
      'registry.replicated.com/a/b',
      'r:5000/a',
    ),
    fc.string(),
    fc.jsonValue(),
  )
  const name = fc.oneof(fc.constantFrom('', 'a', 'b'), fc.string())
  const container = fc.oneof(fc.record({ name, image }), fc.jsonValue())
  const containers = fc.oneof(fc.array(container), fc.jsonValue())
  const spec = fc.record(
    {
      containers,
      initContainers: containers,
      ephemeralContainers: containers,
      volumes: fc.oneof(
        fc.array(fc.record({ name, image: fc.oneof(fc.record({ reference: image }), fc.jsonValue()) })),
        fc.jsonValue(),
      ),
      imagePullSecrets: fc.oneof(fc.array(fc.record({ name: fc.string() })), fc.jsonValue()),
    },
    { requiredKeys: [] },
  )
  const metadata = fc.oneof(
    fc.record({ annotations: fc.oneof(fc.dictionary(fc.string(), fc.string()), fc.jsonValue()) }),
    fc.jsonValue(),
  )
  const pod = fc.oneof(fc.record({ metadata, spec }), fc.jsonValue())
  const request = fc.record({
    uid: fc.oneof(fc.string({ minLength: 1 }), fc.jsonValue()),
    kind: fc.oneof({ weight: 5, arbitrary: fc.constant({ kind: 'Pod' }) }, { weight: 1, arbitrary: fc.jsonValue() }),
    operation: fc.constantFrom('CREATE', 'UPDATE', 'DELETE', 'CONNECT', 7),
    subResource: fc.constantFrom(undefined, 'ephemeralcontainers', 'status'),
    object: pod,
    oldObject: pod,
  })

  it('gets a valid answer, and never one that denies', async () => {
    await fc.assert(
      fc.asyncProperty(request, verdict, answer, async (request, anonymous, proxy) => {
        const handle = handler({
          admission: { verdicts: { anonymous: () => anonymous, proxy: () => proxy } },
        })
        const { status, allowed } = await handle(review(request))
        expect(status === 200 ? allowed : status).to.be.oneOf([true, 400])
      }),
    )
  })

  it('gets an empty patch where its Pod was patched before', async () => {
    const { applyPatch } = (await import('fast-json-patch')).default
    await fc.assert(
      fc.asyncProperty(fc.record({ metadata, spec }), verdict, answer, async (object, anonymous, proxy) => {
        const handle = handler({
          admission: {
            verdicts: { anonymous: () => anonymous, proxy: () => proxy },
            ruling: () => ({ decider: decider({ onMissing: 'proxy' }), pullSecret: 's' }),
          },
        })
        const { patch } = await handle(review({ object }))
        const patched = applyPatch(structuredClone(object), patch).newDocument
        expect((await handle(review({ object: patched }))).patch).to.deep.equal([])
      }),
    )
  })
})
