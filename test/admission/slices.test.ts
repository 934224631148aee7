import { expect } from 'chai'
import { mapInSlices } from '../../src/admission/slices.ts'

const items = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('work on many items', () => {
  it('is done at once where there are few and none has anything to wait for', () => {
    expect(mapInSlices([1, 2], (item) => item * 2)).to.deep.equal([2, 4])
  })

  it('keeps the order of the items, whichever ends first', async () => {
    const delays = [2, 0, 1]
    const results = await mapInSlices(delays, async (delay) => {
      for (let count = 0; count < delay; count++) await new Promise(setImmediate)
      return delay
    })
    expect(results).to.deep.equal(delays)
  })

  it('lets others have a turn where there are many', async () => {
    let turns = 0
    const count = setInterval(() => turns++, 1)
    const results = await mapInSlices(items(200), (item) => {
      const end = performance.now() + 0.5
      while (performance.now() < end);
      return item
    })
    clearInterval(count)
    expect(results).to.deep.equal(items(200))
    expect(turns).to.be.at.least(3)
  })

  it('rejects with what one item ends in', async () => {
    const bug = new Error('bug')
    const failing = Promise.resolve(
      mapInSlices(items(200), (item) => (item === 150 ? Promise.reject<number>(bug) : item)),
    )
    expect(await failing.catch((error: unknown) => error)).to.equal(bug)
  })
})
