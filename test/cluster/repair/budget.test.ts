import { expect } from 'chai'
import { createBudget, type Budget } from '../../../src/cluster/repair/budget.ts'
import { createClock } from '../../support/clock.ts'

function takeAll(budget: Budget): number {
  let count = 0
  while (budget.take()) count++
  return count
}

describe('The budget of repairs', () => {
  it('lets 60 go at once and then as many a minute as it is told', () => {
    const clock = createClock()
    const budget = createBudget(20, clock.now)
    const taken = [takeAll(budget)]
    for (let minute = 0; minute < 3; minute++) {
      clock.advance(60_000)
      taken.push(takeAll(budget))
    }
    expect(taken).to.deep.equal([60, 20, 20, 20])
  })

  it('spreads them over the minute', () => {
    const clock = createClock()
    const budget = createBudget(20, clock.now)
    takeAll(budget)
    clock.advance(2999)
    expect(budget.take()).to.be.false
    clock.advance(2)
    expect([budget.take(), budget.take()]).to.deep.equal([true, false])
  })

  it('never holds more than 60', () => {
    const clock = createClock()
    const budget = createBudget(600, clock.now)
    clock.advance(3_600_000)
    expect([budget.left(), takeAll(budget)]).to.deep.equal([60, 60])
  })

  it('takes back what was taken for nothing', () => {
    const budget = createBudget(1, createClock().now)
    takeAll(budget)
    budget.giveBack()
    expect([budget.left(), takeAll(budget)]).to.deep.equal([1, 1])
  })

  it('gives back no more than there can be', () => {
    const budget = createBudget(20, () => 0)
    budget.giveBack()
    expect(budget.left()).to.equal(60)
  })
})
