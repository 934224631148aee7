import { expect } from 'chai'
import jsonPatch, { type Operation } from 'fast-json-patch'
import { handler } from '../support/admission.ts'
import { recordedReview, recordedReviews } from '../support/reviews.ts'

function apply(object: object | null, patch: Operation[]): object | null {
  return object === null ? null : jsonPatch.applyPatch(structuredClone(object), patch, true).newDocument
}

describe('an AdmissionReview as a real API server sends it', () => {
  for (const { name, body, object, patch } of recordedReviews) {
    it(`(${name}) ${patch.length === 0 ? 'is left as it is' : 'is patched as expected'}`, async () => {
      const answer = await handler()(body)
      const { uid } = (JSON.parse(body) as { request: { uid: string } }).request
      expect(answer).to.include({ status: 200, uid, allowed: true })
      expect(apply(object, answer.patch)).to.deep.equal(apply(object, patch))
      expect(answer.patch.length === 0, 'a patch').to.equal(patch.length === 0)
    })
  }

  for (const { name, body, object, patch } of recordedReviews) {
    if (patch.length === 0) continue
    it(`(${name}) is not patched a second time`, async () => {
      const review = JSON.parse(body) as { request: { object: unknown } }
      review.request.object = apply(object, patch)
      expect((await handler()(JSON.stringify(review))).patch).to.deep.equal([])
    })
  }

  it('is patched in audit mode only where the Pod runs the image already, and told what would happen', async () => {
    const patched: string[] = []
    for (const { name, body } of recordedReviews) {
      if ((await handler({ admission: { mode: 'audit' } })(body)).patch.length > 0) patched.push(name)
    }
    expect(patched).to.deep.equal(['update-same-manifest'])
    const { warnings } = await handler({ admission: { mode: 'audit' } })(recordedReview('bare-pod').body)
    expect(warnings.join()).to.match(/would be pulled as "proxy\.replicated\.com\/proxy\/my-app\//)
  })

  const told: [string, RegExp[]][] = [
    ['update-image-without-secret', [/lacks the pull secret "my-app-registry"/]],
    ['kubectl-debug-without-secret', [/lacks the pull secret/]],
    ['multi-image', [/no such manifest/, /could not be asked/]],
    ['odd-references', [/has a port/]],
    ['public-images', []],
    ['deployment', []],
  ]
  for (const [name, patterns] of told) {
    it(`(${name}) comes with ${patterns.length === 0 ? 'no warning' : `the warnings ${patterns.join(', ')}`}`, async () => {
      const { warnings } = await handler()(recordedReview(name).body)
      for (const pattern of patterns) expect(warnings.join('\n')).to.match(pattern)
      if (patterns.length === 0) expect(warnings).to.deep.equal([])
    })
  }
})
