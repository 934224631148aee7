import { expect } from 'chai'
import { createHeldPods } from '../../../src/cluster/repair/heldPods.ts'

describe('Pods that are held', () => {
  function scene({ left = 60, busy = [] }: { left?: number; busy?: readonly string[] }) {
    const gone: string[] = []
    const held = createHeldPods({
      budget: { left: () => left },
      isBusy: (uid) => busy.includes(uid),
      goOn: (uid) => gone.push(uid),
    })
    for (const uid of ['a', 'b', 'c']) held.add(uid)
    return { held, gone }
  }

  it('go on in order, and once', () => {
    const { held, gone } = scene({})
    held.release()
    held.release()
    expect(gone).to.deep.equal(['a', 'b', 'c'])
  })

  it('go on as far as the budget goes, and the rest later', () => {
    const { held, gone } = scene({ left: 2 })
    held.release()
    const first = [...gone]
    held.release()
    expect([first, gone]).to.deep.equal([
      ['a', 'b'],
      ['a', 'b', 'c'],
    ])
  })

  it('stay where their owner allows nothing, and take nothing from the others', () => {
    const { held, gone } = scene({ left: 2, busy: ['a'] })
    held.release()
    expect(gone).to.deep.equal(['b', 'c'])
  })

  it('do not go on once they are Pending no more', () => {
    const { held, gone } = scene({})
    held.delete('b')
    held.release()
    expect(gone).to.deep.equal(['a', 'c'])
  })
})
