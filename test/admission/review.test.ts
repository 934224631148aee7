import { expect } from 'chai'
import { decodeReview, encodeReview } from '../../src/admission/review.ts'
import { usedMemory } from '../support/heap.ts'
import { review } from '../support/podReviews.ts'

describe('reading a review', () => {
  it('keeps a summary of the Pod as it is to be and as it was', () => {
    const pod = (image: string) => ({ spec: { containers: [{ name: 'api', image }] } })
    const request = decodeReview(review({ operation: 'UPDATE', object: pod('new'), oldObject: pod('old') }))
    if ('fault' in request) throw new Error(request.fault)
    expect([request.pod?.images[0]?.image, request.oldPod?.images[0]?.image]).to.deep.equal(['new', 'old'])
  })

  it('keeps nothing of an object that is no Pod', () => {
    const request = decodeReview(review({ kind: { kind: 'Deployment' }, object: { spec: {} } }))
    expect(request).to.include({ kind: 'Deployment', pod: undefined })
  })

  const told = {
    uid: 'u-1',
    operation: 'UPDATE',
    subResource: 'ephemeralcontainers',
    namespace: 'shop',
    name: 'api-1',
  }

  it('keeps what the log and the pull secret need to know of the request', () => {
    const request = decodeReview(review({ ...told, object: { metadata: { generateName: 'api-' } } }))
    expect(request).to.include({ ...told, kind: 'Pod', generateName: 'api-' })
  })

  it('has an empty text for whatever the request does not tell, and for what is no text', () => {
    const { uid, ...rest } = told
    const empty = Object.fromEntries(Object.keys(rest).map((key) => [key, '']))
    for (const value of [undefined, 7]) {
      const untold = Object.fromEntries(Object.keys(rest).map((key) => [key, value]))
      const request = decodeReview(review({ ...untold, kind: {}, object: { metadata: { generateName: value } } }))
      expect(request).to.include({ ...empty, uid, kind: '', generateName: '' })
    }
  })

  it('counts the annotations of each Pod that could be stored, and of no larger one', () => {
    const counted = (megabytes: number, more: object = {}) => {
      const metadata = { annotations: { theirs: 'x' } }
      const request = decodeReview(review({ ...more, object: { metadata, text: 'x'.repeat(megabytes * 2 ** 20) } }))
      return 'fault' in request ? request.fault : request.pod?.annotations?.otherBytes
    }
    const was = { operation: 'UPDATE', oldObject: {} }
    expect([counted(1.9), counted(2), counted(3.9, was), counted(4, was)]).to.deep.equal([7, Infinity, 7, Infinity])
  })

  const names = { operation: '', subResource: '', namespace: '', name: '', generateName: '', kind: '' }
  for (const what of Object.keys(names)) {
    const reviewWith = (text: string) =>
      review({ [what]: text, kind: { kind: what === 'kind' ? text : 'Pod' }, object: { metadata: { [what]: text } } })

    it(`cuts a text that is longer than any name, and keeps nothing of its rest: ${what}`, async () => {
      const before = await usedMemory()
      const requests = Array.from({ length: 4 }, (_, index) => decodeReview(reviewWith(`${index}${'n'.repeat(1e6)}`)))
      const kept = (await usedMemory()) - before
      expect(requests.map((request) => request[what as keyof typeof request])).to.deep.equal(
        requests.map((_, index) => `${index}${'n'.repeat(256)}`),
      )
      expect(kept).to.be.below(2 ** 20)
    })

    it(`keeps a text that is as long as a name can be: ${what}`, () => {
      const longest = 'n'.repeat(253)
      expect(decodeReview(reviewWith(longest))).to.include({ [what]: longest })
    })
  }

  for (const request of [undefined, {}]) {
    it(`tells no uid where there is none: ${JSON.stringify(request)}`, () => {
      const body = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request })
      const missing = request === undefined ? 'request' : 'request.uid'
      expect(decodeReview(body)).to.deep.equal({ fault: `the AdmissionReview has no ${missing}` })
    })
  }

  it('takes a request for a dry run only where it says so', () => {
    const isDry = (dryRun: unknown) => decodeReview(review({ dryRun }))
    expect(
      [isDry(true), isDry('true'), isDry(null)].map((request) => 'dryRun' in request && request.dryRun),
    ).to.deep.equal([true, false, false])
  })
})

describe('writing an answer', () => {
  const written = (warnings: string[]) =>
    (JSON.parse(encodeReview('u-1', { patch: [], warnings })) as { response: { warnings?: string[] } }).response

  it('has neither patch nor warnings where there is nothing to change or to tell', () => {
    expect(written([])).to.deep.equal({ uid: 'u-1', allowed: true })
  })

  it('tells each warning once', () => {
    expect(written(['same', 'same', 'other']).warnings).to.deep.equal(['same', 'other'])
  })

  it('cuts a warning at 256 characters', () => {
    const [whole, cut] = ['x'.repeat(256), 'y'.repeat(257)]
    expect(written([whole, cut]).warnings).to.deep.equal([whole, `${'y'.repeat(253)}...`])
  })

  it('tells up to 16 warnings, and of more 15 and how many others there are', () => {
    const warnings = (count: number) =>
      written(Array.from({ length: count }, (_, index) => `warning ${index}`)).warnings
    expect([16, 17].map((count) => [warnings(count)?.length, warnings(count)?.at(-1)])).to.deep.equal([
      [16, 'warning 15'],
      [16, 'and 2 more of this kind: see the log'],
    ])
  })

  it('writes a uid of any characters as JSON', () => {
    expect(JSON.parse(encodeReview('"\n', { patch: [], warnings: [] }))).to.have.nested.property('response.uid', '"\n')
  })
})
