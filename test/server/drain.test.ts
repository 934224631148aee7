import { expect } from 'chai'
import { drain } from '../../src/server/drain.ts'

describe('a server that drains', () => {
  /** When it closes, in milliseconds after it was told, and with which grace, where requests come at these times. */
  async function closing(requests: readonly number[]): Promise<{ at: number; grace: number }[]> {
    const start = 1_000_000
    let time = start
    const closed: { at: number; grace: number }[] = []
    const listener = {
      close: (grace: number) => {
        closed.push({ at: time - start, grace })
        return Promise.resolve()
      },
    }
    const lastRequest = () => Math.max(-Infinity, ...requests.map((at) => at + start).filter((at) => at <= time))
    const sleep = (milliseconds: number) => {
      time += milliseconds
      return Promise.resolve()
    }
    await drain(listener, lastRequest, { now: () => time, sleep })
    return closed
  }

  it('closes after a second where no request comes, and gives those under way ten more', async () => {
    expect(await closing([])).to.deep.equal([{ at: 1000, grace: 10_000 }])
  })

  it('waits its second from the beginning of the drain, whenever the last request came before', async () => {
    expect(await closing([-400])).to.deep.equal([{ at: 1000, grace: 10_000 }])
  })

  it('waits a second more for each request that comes late', async () => {
    expect(await closing([900, 1800, 2100])).to.deep.equal([{ at: 3100, grace: 10_000 }])
  })

  it('waits for five seconds at the most, however many requests come', async () => {
    expect(await closing(Array.from({ length: 200 }, (_, index) => index * 50))).to.deep.equal([
      { at: 5000, grace: 10_000 },
    ])
  })
})
