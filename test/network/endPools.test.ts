import { expect } from 'chai'
import { endPools } from '../../src/network/endPools.ts'

describe('the end of all connections', () => {
  it('is waited for, each of them', async () => {
    const ended: number[] = []
    const pool = (index: number) => ({
      destroy: async () => {
        await new Promise(setImmediate)
        ended.push(index)
      },
    })
    await endPools([pool(0), pool(1)])
    expect(ended).to.deep.equal([0, 1])
  })

  it('is not waited for where it is never told', async () => {
    const ended: string[] = []
    const broken = { destroy: () => new Promise<never>(() => undefined) }
    await endPools([broken, { destroy: () => Promise.resolve(void ended.push('other')) }])
    expect(ended).to.deep.equal(['other'])
  })

  it('is no failure of whoever asks for it where one fails', async () => {
    await endPools([{ destroy: () => Promise.reject(new Error('broken')) }])
  })
})
