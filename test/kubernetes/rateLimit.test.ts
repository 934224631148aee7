import { expect } from 'chai'
import { createRateLimit } from '../../src/kubernetes/rateLimit.ts'

describe('The rate of requests to the API server', () => {
  it('is in no second higher than configured', async () => {
    expect(busiest(await takeAll(200, 300))).to.be.at.most(200)
  })

  it('is within its limit, too, where the process is held up between permission and sending', async () => {
    const times = await takeAll(200, 300, (count) => {
      if (count === 1) block(50)
    })
    expect(busiest(times)).to.be.at.most(200)
  })

  it('is within its limit, too, where one request is sent long after its permission', async () => {
    const limit = createRateLimit(200)
    const times: number[] = []
    const send = async (): Promise<void> => {
      const went = await limit.take(false)
      if (times.length === 0) block(50)
      times.push(performance.now())
      went()
    }
    await Promise.all(Array.from({ length: 300 }, send))
    expect(busiest(times)).to.be.at.most(200)
  })

  it('is at most one a second where that is the limit', async () => {
    const [first = 0, second = 0] = await takeAll(1, 2)
    expect(second - first).to.be.at.least(1000)
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

  it('lets what nobody waits for go last', async () => {
    const limit = createRateLimit(100)
    const order: string[] = []
    const take = async (name: string, background: boolean): Promise<void> => {
      await limit.take(false, background)
      order.push(name)
    }
    const rotation = Array.from({ length: 10 }, () => take('rotation', true))
    const repair = Array.from({ length: 5 }, () => take('repair', false))
    await Promise.all([...rotation, ...repair])
    expect(order.indexOf('rotation', 1)).to.be.above(order.lastIndexOf('repair'))
  })

  it('leaves a quarter to what is not urgent, however much is', async () => {
    const limit = createRateLimit(1000)
    const order: string[] = []
    const take = async (name: string, urgent: boolean): Promise<void> => {
      await limit.take(urgent)
      order.push(name)
    }
    const urgent = Array.from({ length: 40 }, () => take('urgent', true))
    const patient = Array.from({ length: 10 }, () => take('patient', false))
    await Promise.all([...urgent, ...patient])
    expect(order.slice(0, 20).filter((name) => name === 'patient')).to.have.length.within(4, 5)
  })
})

/** When each of `count` requests went. */
async function takeAll(
  perSecond: number,
  count: number,
  afterEach: (count: number) => void = () => undefined,
): Promise<number[]> {
  const limit = createRateLimit(perSecond)
  const times: number[] = []
  await Promise.all(
    Array.from({ length: count }, async () => {
      const went = await limit.take(false)
      const count = times.push(performance.now())
      went()
      afterEach(count)
    }),
  )
  return times
}

/** The most within any second. */
function busiest(times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((time) => time >= from && time < from + 1000).length))
}

function block(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}
