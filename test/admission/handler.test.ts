import { expect } from 'chai'
import type { AdmissionRequest } from '../../src/admission/review.ts'
import type { Admitted } from '../../src/admission/admission.ts'
import { handler } from '../support/admission.ts'
import { anonymous, pending, proxy } from '../support/decisions.ts'
import { review } from '../support/podReviews.ts'
import { recordedReview } from '../support/reviews.ts'
import { podReview, verdicts } from './podReview.ts'

describe('a body that is no review', () => {
  const bodies: [string, string, RegExp][] = [
    ['nothing', '', /body is empty/],
    ['no JSON', '{"kind":', /no valid JSON/],
    ['a truncated review', recordedReview('deployment').body.slice(0, 3000), /no valid JSON/],
    ['null', 'null', /kind is not AdmissionReview/],
    ['a list', '[]', /kind is not AdmissionReview/],
    ['another kind', review({}, { kind: 'Pod' }), /kind is not AdmissionReview/],
    [
      'another version',
      review({}, { apiVersion: 'admission.k8s.io/v1beta1' }),
      /apiVersion is not admission\.k8s\.io\/v1/,
    ],
    ['no request', review({}, { request: undefined }), /no request/],
    ['a request that is a list', review({}, { request: [] }), /no request/],
    ['no uid', review({ uid: undefined }), /no request\.uid/],
    ['a uid that is no text', review({ uid: 7 }), /no request\.uid/],
    ['an empty uid', review({ uid: '' }), /no request\.uid/],
    [
      'a uid of megabytes that is not ASCII',
      review({ uid: '\u4e2d'.repeat(3 * 2 ** 20 + 1) }),
      /^request\.uid is longer than 3145728 characters, and not all of them are ASCII$/,
    ],
  ]
  for (const [what, body, message] of bodies) {
    it(`is answered with 400 and a sentence: ${what}`, async () => {
      const told: string[] = []
      const { status, error } = await handler({ observer: { malformed: (fault) => told.push(fault) } })(body)
      expect(status).to.equal(400)
      expect(error).to.match(message)
      expect(told, 'what its observer is told').to.deep.equal([error])
    })
  }

  it('is answered with its uid, and allowed, where it tells one', async () => {
    const answer = await handler()(review({}, { apiVersion: 'admission.k8s.io/v2' }))
    expect(answer).to.deep.include({ status: 400, uid: 'u-1', allowed: true, patch: [] })
  })
})

describe('a body whose uid is longer than any', () => {
  it('is answered without it where it is no review', async () => {
    const answer = await handler()(review({ uid: 'u'.repeat(1001) }, { kind: 'Pod' }))
    expect(answer).to.deep.include({ status: 400, uid: undefined, error: "the body's kind is not AdmissionReview" })
  })
})

describe('a review whose uid is longer than any', () => {
  const nobody = () => {
    throw new Error('asked')
  }
  const uids = {
    'of 1001 characters': 'u'.repeat(1001),
    'of megabytes': 'u'.repeat(4e6),
    'of megabytes that are not ASCII': '\u4e2d\u0001\ud83d\ude00'.repeat(7e5),
  }
  for (const [what, uid] of Object.entries(uids)) {
    it(`gets a review with it at once, nobody is asked, and nothing is patched: ${what}`, async () => {
      const handle = handler({ admission: { verdicts: { anonymous: nobody, proxy: nobody } } })
      const object = { spec: { containers: [{ name: 'api', image: 'quay.io/my-org/api:1' }] } }
      const { uid: told, ...answer } = await handle(review({ uid, object }))
      expect(told === uid).to.equal(true)
      expect(answer).to.deep.include({ status: 200, allowed: true, patch: [] })
      expect(answer.warnings).to.deep.equal(["the review's uid is longer than any: its images are left alone"])
    })
  }

  it('is decided upon like any other where its uid has 1000 characters', async () => {
    const uid = 'u'.repeat(1000)
    const answer = await handler()(recordedReview('deployment').body.replace(/"uid": ?"[^"]*"/, `"uid":"${uid}"`))
    expect([answer.uid, answer.warnings]).to.deep.equal([uid, []])
  })
})

describe('a review of what the webhook does not change', () => {
  const reviews: [string, string][] = [
    [
      'another kind',
      review({ kind: { kind: 'Deployment' }, object: { spec: { containers: [{ image: 'quay.io/a/b' }] } } }),
    ],
    ['no kind', review({ kind: null })],
    ['no object', review()],
    ['an object that is null', review({ object: null })],
    ['an object that is a text', review({ object: 'pod' })],
    [
      'another subresource',
      review({ subResource: 'binding', object: { spec: { containers: [{ image: 'quay.io/a/b' }] } } }),
    ],
    ['DELETE', review({ operation: 'DELETE', object: { spec: { containers: [{ image: 'quay.io/a/b' }] } } })],
    ['an empty image', podReview('')],
    [
      'a Pod labelled to be ignored',
      review({
        object: {
          metadata: { labels: { 'image-proxy-webhook/ignore': 'true' } },
          spec: { containers: [{ image: 'quay.io/a/b' }] },
        },
      }),
    ],
  ]
  for (const [what, body] of reviews) {
    it(`is allowed without a patch, and no registry is asked: ${what}`, async () => {
      const asked = () => {
        throw new Error('asked')
      }
      const answer = await handler({ admission: verdicts(asked, asked) })(body)
      expect(answer).to.deep.equal({
        status: 200,
        uid: 'u-1',
        allowed: true,
        patch: [],
        warnings: [],
        error: undefined,
      })
    })
  }
})

describe('a Pod that its author got wrong', () => {
  it('with an image that is no reference is allowed, with a warning', async () => {
    const answer = await handler()(podReview('quay.io/My Org/api', 7, null))
    expect(answer).to.deep.include({ allowed: true, patch: [] })
    expect(answer.warnings).to.have.lengthOf(1)
    expect(answer.warnings[0]).to.match(/^image "quay\.io\/My Org\/api" is left alone: /)
  })

  for (const image of [
    'quay.io/team/app:v1\u202e',
    `quay.io/${'é'.repeat(60)}`,
    `Acme/${'x'.repeat(300)}`,
    'r:5000/a',
  ]) {
    it(`with the image ${JSON.stringify(image).slice(0, 40)} gets a warning of at most 256 printable characters`, async () => {
      const { warnings } = await handler({ admission: verdicts(() => anonymous('private')) })(podReview(image))
      expect(warnings).to.have.lengthOf(1)
      expect(warnings[0]).to.match(/^[\x20-\x7e]{1,256}$/)
    })
  }

  it('with 2 000 containers is patched in all of them', async () => {
    const images = Array.from({ length: 2000 }, (_, index) => `quay.io/a/b:${index}`)
    const answer = await handler({ admission: verdicts(() => anonymous('private')) })(podReview(...images))
    expect(answer.patch.filter(({ op }) => op === 'replace')).to.have.lengthOf(2000)
  })

  it('with 2 000 missing images gets a number of warnings that the API server passes on', async () => {
    const images = Array.from({ length: 2000 }, (_, index) => `quay.io/a/b:${index}`)
    const { warnings } = await handler({ admission: verdicts(() => anonymous('missing')) })(podReview(...images))
    expect(warnings).to.have.lengthOf(16)
    expect(warnings.at(-1)).to.equal('and 1985 more of this kind: see the log')
  })
})

describe('the handler', () => {
  it('answers at once, unpatched and with a warning, what comes on top of its capacity', async () => {
    const handle = handler({ capacity: 1, deadline: 50, admission: verdicts(() => pending()) })
    const waiting = handle(podReview('quay.io/a/b'))
    const answer = await handle(podReview('quay.io/a/b'))
    expect(answer).to.deep.include({ status: 200, allowed: true, patch: [] })
    expect(answer.warnings.join()).to.include('overloaded')
    expect((await waiting).warnings.join()).not.to.include('overloaded')
    expect((await handle(podReview('quay.io/a/b'))).warnings.join()).not.to.include('overloaded')
  })

  it('lets a Pod pass unpatched where it fails itself, and says so to its observer', async () => {
    const failures: unknown[] = []
    const results: string[] = []
    const bug = new Error('bug')
    const fail: (() => never)[] = [
      () => {
        throw bug
      },
    ]
    for (const broken of [...fail, () => pending(Promise.reject(bug))]) {
      const handle = handler({
        admission: verdicts(broken),
        observer: {
          failed: (_request, error) => failures.push(error),
          handled: (_request, { result }) => results.push(result),
        },
      })
      expect(await handle(podReview('quay.io/a/b'))).to.deep.include({ status: 200, allowed: true, patch: [] })
    }
    expect({ failures, results }).to.deep.equal({ failures: [bug, bug], results: ['failed', 'failed'] })
  })

  it('leaves Pods alone with a warning while it does not know what to rewrite to', async () => {
    const answer = await handler({ admission: { ruling: () => undefined } })(podReview('quay.io/a/b'))
    expect(answer).to.deep.include({ allowed: true, patch: [] })
    expect(answer.warnings).to.have.lengthOf(1)
  })

  it('counts a Pod that came before it knew what to rewrite to as one that it was not ready for', async () => {
    const results: string[] = []
    const handle = handler({
      admission: { ruling: () => undefined },
      observer: { handled: (_, { result }) => results.push(result) },
    })
    await handle(podReview('quay.io/a/b'))
    expect(results).to.deep.equal(['not-ready'])
  })

  it('tells its observer each image with decision, reason, time and whether it was known already', async () => {
    let told: [AdmissionRequest, Admitted, number] | undefined
    const handle = handler({
      admission: { verdicts: { anonymous: () => pending(anonymous('private')), proxy: () => proxy('served') } },
      observer: { handled: (...event) => (told = event) },
    })
    await handle(podReview('quay.io/a/b', 'proxy.replicated.com/x/y'))
    expect(told?.[0]).to.include({ uid: 'u-1', operation: 'CREATE', namespace: 'ns' })
    expect(told?.[1].result).to.equal('patched')
    expect(
      told?.[1].images.map(({ name, cached, decision }) => [name, cached, decision.action, decision.reason]),
    ).to.deep.equal([
      ['c0', false, 'rewrite', 'private'],
      ['c1', true, 'attach', 'already-proxied'],
    ])
    for (const { milliseconds } of told?.[1].images ?? []) expect(milliseconds).to.be.at.least(0)
  })
})
