import { expect } from 'chai'
import { createRateLimit } from '../../src/kubernetes/rateLimit.ts'

describe('The rate of requests to the API server', () => {
  it('is in no second higher than configured', async () => {
    const limit = createRateLimit(200)
    const times: number[] = []
    await Promise.all(
      Array.from({ length: 300 }, async () => {
        await limit.take(false)
        times.push(performance.now())
      }),
    )
    const busiest = Math.max(...times.map((from) => times.filter((time) => time >= from && time < from + 1000).length))
    expect(busiest).to.be.at.most(200)
  })

  it('lets what is urgent go before what waits already, in order', async () => {
    const limit = createRateLimit(100)
    const order: string[] = []
    const take = async (name: string, urgent: boolean): Promise<void> => {
      await limit.take(urgent)
      order.push(name)
    }
    const patient = Array.from({ length: 10 }, (_, index) => take(`patient ${index}`, false))
    const urgent = Array.from({ length: 3 }, (_, index) => take(`urgent ${index}`, true))
    await Promise.all([...patient, ...urgent])
    const late = order.filter((name) => name.startsWith('patient')).length
    expect(late).to.equal(10)
    expect(order.indexOf('urgent 2')).to.be.lessThan(order.indexOf('patient 9'))
    expect(order.filter((name) => name.startsWith('urgent'))).to.deep.equal(['urgent 0', 'urgent 1', 'urgent 2'])
  })
})
