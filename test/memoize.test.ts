import { expect } from 'chai'
import { createNumbering, memoize } from '../src/memoize.ts'

/** A memoized function, and the texts that it was computed for. */
function counted(sizeOf?: (result: string) => number) {
  const computed: string[] = []
  const compute = (text: string) => {
    computed.push(text)
    return text.toUpperCase()
  }
  return { computed, call: memoize(compute, sizeOf) }
}

const texts = (count: number) => Array.from({ length: count }, (_, index) => `text ${index}`)

describe('a memoized function', () => {
  it('is computed once for the same text', () => {
    const { call, computed } = counted()
    expect([call('a'), call('a'), computed]).to.deep.equal(['A', 'A', ['a']])
  })

  it('keeps the results of the latest thousand texts', () => {
    const { call, computed } = counted()
    for (const text of [...texts(1000), ...texts(1000)]) call(text)
    expect(computed).to.have.lengthOf(1000)
  })

  it('forgets a text after two thousand others', () => {
    const { call, computed } = counted()
    for (const text of ['first', ...texts(2000), 'first']) call(text)
    expect(computed.filter((text) => text === 'first')).to.have.lengthOf(2)
  })

  it('keeps a text that is asked for now and then', () => {
    const { call, computed } = counted()
    for (const text of texts(5000)) {
      call(text)
      call('often')
    }
    expect(computed.filter((text) => text === 'often')).to.have.lengthOf(1)
  })

  it('keeps no text of more than 512 characters', () => {
    const { call, computed } = counted()
    for (const length of [512, 512, 513, 513]) call('x'.repeat(length))
    expect(computed.map(({ length }) => length)).to.deep.equal([512, 513, 513])
  })

  it('keeps no more than 8 MiB of results', () => {
    const { call, computed } = counted(() => 300 * 1024)
    const twice = texts(28)
    for (const text of [...twice, ...twice]) call(text)
    expect(computed.length).to.be.greaterThan(28)
  })

  it('keeps as many results as fit into 4 MiB', () => {
    const { call, computed } = counted(() => 300 * 1024)
    for (const text of [...texts(13), ...texts(13)]) call(text)
    expect(computed).to.have.lengthOf(13)
  })

  it('keeps no result that would take the place of many others', () => {
    const { call, computed } = counted(() => 500 * 1024)
    call('large')
    call('large')
    expect(computed).to.have.lengthOf(2)
  })

  it('hands on what else it is called with', () => {
    const sum = memoize((text: string, a: number, b: number) => `${text} ${a + b}`)
    expect(sum('sum', 1, 2)).to.equal('sum 3')
  })
})

describe('numbers of objects', () => {
  it('tell objects apart, however alike they are', () => {
    const numberOf = createNumbering()
    expect(numberOf({})).not.to.equal(numberOf({}))
  })

  it('are the same for the same object', () => {
    const numberOf = createNumbering()
    const object = {}
    const first = numberOf(object)
    numberOf({})
    expect(numberOf(object)).to.equal(first)
  })
})
