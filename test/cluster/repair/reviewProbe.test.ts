import { expect } from 'chai'
import { createReviewProbe, noReference } from '../../../src/cluster/repair/reviewProbe.ts'
import { warnings } from '../../../src/decision/warnings.ts'
import { ApiError } from '../../../src/kubernetes/apiError.ts'
import { tryParseReference } from '../../../src/reference/reference.ts'
import { createClock } from '../../support/clock.ts'

const pod = { namespace: 'my-app', name: 'api-1' }
/** As the API server puts it into a header: RFC 9110 has quotation marks escaped within a quoted string. */
const headerOf = (warning: string) => `299 - "${warning.replaceAll('"', String.raw`\"`)}"`
const ours = headerOf(warnings.invalid(noReference, 'it is no reference'))

function scene(answers: readonly (string | ApiError)[]) {
  const clock = createClock()
  const asked: string[] = []
  const tryImage = ({ name }: { name: string }, image: string) => {
    const answer = answers[asked.length] ?? ''
    asked.push(`${name} ${image}`)
    return typeof answer === 'string' ? Promise.resolve(answer) : Promise.reject(answer)
  }
  return { clock, asked, probe: createReviewProbe({ tryImage }, clock.now) }
}

describe('The probe of whether the API server asks the webhook', () => {
  it('is made with an image that is no reference, so that no registry is asked about it', async () => {
    const { probe, asked } = scene([ours])
    await probe.isAsked(pod)
    expect(asked).to.deep.equal([`api-1 ${noReference}`])
    expect(tryParseReference(noReference)).to.have.property('fault')
  })

  const others = [
    ['nothing is', '', false],
    ['the webhook’s warning is', ours, true],
    ['it is among other warnings', `299 - "use another API",${ours}`, true],
    ['another webhook’s warning is', headerOf(`the image ${noReference} is not allowed`), false],
    ['the webhook has no license, and says so', headerOf(warnings.notReady), false],
  ] as const
  for (const [what, header, answer] of others) {
    it(`says ${answer ? 'yes' : 'no'} where ${what} in the answer`, async () => {
      expect(await scene([header]).probe.isAsked(pod)).to.equal(answer)
    })
  }

  it('leaves it to the new Pod to tell where a policy refuses such a change', async () => {
    expect(await scene([new ApiError('denied', 403)]).probe.isAsked(pod)).to.equal(true)
  })

  it('says no where the API server refuses for want of the webhook', async () => {
    expect(await scene([new ApiError('failed calling webhook', 500)]).probe.isAsked(pod)).to.equal(false)
  })

  it('throws, and says neither, where the API server is not there', async () => {
    const { probe } = scene([new ApiError('starting', 503), ours])
    expect(await probe.isAsked(pod).catch(() => 'rejected')).to.equal('rejected')
    expect(await probe.isAsked(pod)).to.equal(true)
  })

  it('is one for all who ask at once, and for a while', async () => {
    const { probe, asked, clock } = scene([ours, ours])
    await Promise.all([probe.isAsked(pod), probe.isAsked(pod)])
    clock.advance(9999)
    await probe.isAsked(pod)
    expect(asked).to.have.lengthOf(1)
    clock.advance(1)
    await probe.isAsked(pod)
    expect(asked).to.have.lengthOf(2)
  })

  it('is made again a second after a no', async () => {
    const { probe, clock } = scene(['', ours])
    await probe.isAsked(pod)
    clock.advance(999)
    expect(await probe.isAsked(pod)).to.equal(false)
    clock.advance(1)
    expect(await probe.isAsked(pod)).to.equal(true)
  })
})
