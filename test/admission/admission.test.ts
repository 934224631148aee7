import { expect } from 'chai'
import { createAdmission } from '../../src/admission/admission.ts'
import type { Asker } from '../../src/decision/verdict.ts'
import { decodeReview } from '../../src/admission/review.ts'
import { anonymous, decider, proxy } from '../support/decisions.ts'
import { podReview } from '../support/podReviews.ts'

describe('an admission', () => {
  it('asks registry and proxy alike for answers that are no older than it is told', async () => {
    const askers: Asker[] = []
    const admission = createAdmission({
      ruling: () => ({ decider: decider(), pullSecret: 'my-app-registry' }),
      rules: [],
      verdicts: {
        anonymous: (_, asker) => {
          askers.push(asker)
          return anonymous('private')
        },
        proxy: (_, asker) => {
          askers.push(asker)
          return proxy('served')
        },
      },
      mode: 'rewrite',
    })
    const request = decodeReview(podReview(['quay.io/a/b']))
    if ('fault' in request) throw new Error(request.fault)
    await admission.admit(request, 1000, 7)
    await admission.admit(request, 1000)
    expect(askers.map(({ since }) => since)).to.deep.equal([7, 7, undefined, undefined])
  })
})
