import { expect } from 'chai'
import { inTurn } from '../../src/network/readingTurns.ts'
import { longestStretch, threadTime } from '../support/eventLoop.ts'

/** Keeps the processor busy for so many milliseconds. */
function toil(milliseconds: number): void {
  const end = threadTime() + milliseconds
  while (threadTime() < end);
}

/** A turn of the event loop in which nothing was read yet. */
const freshTurn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

describe('what registries send', () => {
  beforeEach(freshTurn)

  /** Has as many reads of 4 ms each wait behind a long one. @returns their numbers in the order in which they were made */
  async function readMany(count: number, followUp: (work: () => void) => void): Promise<number[]> {
    const order: number[] = []
    inTurn(() => {
      toil(10)
    })
    await new Promise<void>((resolve) => {
      for (let index = 0; index < count; index++) {
        inTurn(() => {
          followUp(() => {
            toil(4)
          })
          order.push(index)
          if (order.length === count) resolve()
        })
      }
    })
    return order
  }

  for (const [when, followUp] of [
    [
      'where to read it takes long',
      (work: () => void) => {
        work()
      },
    ],
    [
      'where what follows in ticks takes long',
      (work: () => void) => {
        process.nextTick(work)
      },
    ],
  ] as const) {
    it(`leaves others a turn after some milliseconds ${when}`, async () => {
      expect(await longestStretch(() => readMany(40, followUp))).to.be.below(40)
    })
  }

  it('is read in the order in which it came', async () => {
    const order = await readMany(10, (work) => {
      work()
    })
    expect(order).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('is read at once where little was read in this turn', () => {
    let isRead = false
    inTurn(() => (isRead = true))
    expect(isRead).to.equal(true)
  })

  it('is read at once again in the turn after a long one', async () => {
    await readMany(3, (work) => {
      work()
    })
    await freshTurn()
    let isRead = false
    inTurn(() => (isRead = true))
    expect(isRead).to.equal(true)
  })
})
