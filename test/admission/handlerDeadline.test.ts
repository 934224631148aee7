import type { AnonymousVerdict, Verdicts } from '../../src/decision/verdict.ts'
import { expect } from 'chai'
import { handler } from '../support/admission.ts'
import { anonymous, pending, proxy } from '../support/decisions.ts'
import { fakeTimers, type FakeTimers } from '../support/timers.ts'
import { podReview, verdicts } from './podReview.ts'

describe('the deadline of a Pod', () => {
  const unasked = /^image "quay\.io\/a\/b" is left alone: its registry could not be asked$/
  const gone = /^image "quay\.io\/a\/b" is left alone: its registry has no such manifest$/
  const cases: [string, Verdicts['anonymous'], Verdicts['proxy'], warning: RegExp | undefined][] = [
    ['leaves with a warning an image whose registry never answers', () => pending(), () => undefined, unasked],
    ['leaves with a warning an image for which neither answers', () => pending(), () => pending(), unasked],
    [
      'leaves a private image to onUnverified where the proxy never answers',
      () => anonymous('private'),
      () => pending(),
      undefined,
    ],
    [
      'leaves a missing image to onMissing where the proxy never answers',
      () => anonymous('missing'),
      () => pending(),
      gone,
    ],
    [
      'counts that the proxy is known to serve an image whose registry never answers',
      () => pending(),
      () => proxy('served'),
      undefined,
    ],
  ]
  for (const [what, anonymous, proxy, warning] of cases) {
    it(what, async () => {
      const answer = await handler({ deadline: 20, admission: verdicts(anonymous, proxy) })(podReview('quay.io/a/b'))
      expect(answer).to.include({ status: 200, allowed: true })
      expect(answer.patch).to.have.lengthOf(warning === undefined ? 3 : 0)
      expect(answer.warnings).to.have.lengthOf(warning === undefined ? 0 : 1)
      if (warning !== undefined) expect(answer.warnings[0]).to.match(warning)
    })
  }

  describe('by the clock', () => {
    let timers: FakeTimers
    beforeEach(() => {
      timers = fakeTimers()
    })
    afterEach(() => {
      timers.restore()
    })

    /** Whether a review is answered after so many milliseconds. */
    async function isAnswered(after: number, deadline: number, timeout: number): Promise<boolean> {
      let answered = false
      const asking = handler({ deadline, admission: verdicts(() => pending()) })(podReview('quay.io/a/b'), timeout)
      void asking.then(() => (answered = true))
      await timers.pass(after)
      return answered
    }

    it('is the API server’s own timeout less half a second for the way back, where that is shorter', async () => {
      expect(await isAnswered(1400, 3_600_000, 2000)).to.equal(false)
      expect(await isAnswered(1500, 3_600_000, 2000)).to.equal(true)
    })

    it('has begun when the headers of the request were there, however long its body took', async () => {
      let answered = false
      const handle = handler({ admission: verdicts(() => pending()), deadline: 2500 })
      void handle(podReview('quay.io/a/b'), undefined, performance.now() - 1000).then(() => (answered = true))
      await timers.pass(1400)
      const early = answered
      await timers.pass(100)
      expect([early, answered]).to.deep.equal([false, true])
    })

    it('is the configured one, where the API server is more patient', async () => {
      expect(await isAnswered(2400, 2500, 30_000)).to.equal(false)
      expect(await isAnswered(2500, 2500, 30_000)).to.equal(true)
    })
  })

  it('that has passed already takes what is known', async () => {
    const answer = await handler({ admission: verdicts(() => anonymous('private')) })(podReview('quay.io/a/b'), 0)
    expect(answer.patch).to.have.lengthOf(3)
  })

  it('is one for all images, which are asked side by side', async () => {
    const release: ((verdict: AnonymousVerdict) => void)[] = []
    const asking = handler({
      admission: verdicts(() => pending(new Promise<AnonymousVerdict>((resolve) => release.push(resolve)))),
    })(podReview('quay.io/a/b', 'quay.io/a/c'))
    expect(release).to.have.lengthOf(2)
    for (const answer of release) answer(anonymous('private'))
    expect((await asking).patch).to.have.lengthOf(4)
  })
})
