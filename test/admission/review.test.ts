import { expect } from 'chai'
import { decodeReview, encodeReview } from '../../src/admission/review.ts'
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
    expect(written(['x'.repeat(300)]).warnings).to.deep.equal([`${'x'.repeat(253)}...`])
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
