import { expect } from 'chai'
import { failed, patched, reported, type RepairOutcome } from '../../../src/cluster/repair/outcome.ts'
import type { PendingPod } from '../../../src/cluster/repair/pendingPods.ts'
import { createReports } from '../../../src/cluster/repair/reports.ts'
import { readWaitingPod } from '../../../src/cluster/repair/waitingPod.ts'
import { createClock } from '../../support/clock.ts'
import { podObject } from '../../support/podObjects.ts'

const hour = 3_600_000
const waiting = readWaitingPod(podObject())
if (waiting === undefined) throw new Error('it waits for no image')

describe('What is told of a Pod that waits', () => {
  function scene() {
    const clock = createClock()
    const { uid, namespace, name } = waiting ?? { uid: '', namespace: '', name: '' }
    const pod: PendingPod = { uid, namespace, name, since: clock.now(), patches: 0 }
    const told: RepairOutcome[] = []
    const pods = new Map([[uid, pod]])
    return { clock, pod, pods, told, tell: createReports(pods, (outcome) => told.push(outcome), clock.now) }
  }

  for (const [what, outcome] of [
    ['it is left alone', reported(waiting, 'it runs already')],
    ['the API server refuses', failed(waiting, 'forbidden')],
  ] as const) {
    it(`is not at once why ${what}, but after ten seconds`, () => {
      const { clock, told, tell } = scene()
      clock.advance(9999)
      tell(outcome)
      const early = [...told]
      clock.advance(1)
      tell(outcome)
      expect([early, told]).to.deep.equal([[], [outcome]])
    })
  }

  it('is once an hour why it is left alone', () => {
    const { clock, told, tell } = scene()
    const times = [10_000, hour - 1, 1].map((milliseconds) => {
      clock.advance(milliseconds)
      tell(reported(waiting, 'it runs already'))
      return told.length
    })
    expect(times).to.deep.equal([1, 1, 2])
  })

  it('is another reason at once', () => {
    const { clock, told, tell } = scene()
    clock.advance(10_000)
    tell(reported(waiting, 'it runs already'))
    tell(reported(waiting, 'it is nobody’s'))
    expect(told.map(({ note }) => note)).to.deep.equal(['it runs already', 'it is nobody’s'])
  })

  it('is at once and each time that its images were changed, which is counted', () => {
    const { pod, told, tell } = scene()
    tell(patched(waiting, ['quay.io/my-org/api:1']))
    tell(patched(waiting, ['quay.io/my-org/api:1']))
    expect([told.length, pod.patches]).to.deep.equal([2, 2])
  })

  it('is not why it was left alone where it is Pending no more', () => {
    const { clock, pods, told, tell } = scene()
    clock.advance(10_000)
    pods.clear()
    tell(reported(waiting, 'it runs already'))
    expect(told).to.deep.equal([])
  })
})
