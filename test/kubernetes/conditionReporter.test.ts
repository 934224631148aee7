import { expect } from 'chai'
import { unreachable } from '../../src/kubernetes/apiError.ts'
import { createConditionReporter, createFaultReporter } from '../../src/kubernetes/conditionReporter.ts'

describe('A fault of the cluster', () => {
  it('is told when it begins, when it changes and when it ends, and not in between', () => {
    const told: unknown[] = []
    const faults = createConditionReporter((...fault) => told.push(fault))
    for (const sentence of ['down', 'down', 'forbidden', undefined, undefined]) faults.set('the Lease', sentence)

    expect(told).to.deep.equal([
      ['the Lease', 'down'],
      ['the Lease', 'forbidden'],
      ['the Lease', undefined],
    ])
  })

  it('is told once while the API server is away, whatever each request fails of, and once when it is back', () => {
    const told: unknown[] = []
    const faults = createConditionReporter((_subject, sentence) => told.push(sentence))
    for (const reason of ['connect ECONNREFUSED', 'timed out', 'connect ECONNREFUSED']) {
      faults.set('the Lease', `Lease a/b: ${unreachable(new Error(reason)).message}`)
    }
    faults.set('the Lease', undefined)

    expect(told).to.deep.equal(['Lease a/b: the API server cannot be reached: connect ECONNREFUSED', undefined])
  })

  it('is told again where the API server is back and refuses, or is away once more', () => {
    const told: unknown[] = []
    const faults = createConditionReporter((_subject, sentence) => told.push(sentence))
    const away = unreachable(new Error('timed out')).message
    for (const sentence of [away, 'forbidden', away, undefined, away]) faults.set('the Lease', sentence)

    expect(told).to.deep.equal([away, 'forbidden', away, undefined, away])
  })

  it('is told once also where there are very many others', () => {
    const told: string[] = []
    const faults = createConditionReporter((subject) => told.push(subject))
    for (let index = 0; index < 5000; index++) faults.set(`secret ${index}`, 'down')
    told.length = 0
    for (let round = 0; round < 3; round++) faults.set('the Lease', 'down')

    expect(told).to.deep.equal(['the Lease'])
  })

  it('is told once also where hundreds of others begin after it, and thousands of others are well', () => {
    const told: string[] = []
    const faults = createConditionReporter((subject) => told.push(subject))
    faults.set('the Lease', 'down')
    for (let index = 0; index < 900; index++) faults.set(`secret ${index}`, 'down')
    for (let index = 0; index < 5000; index++) faults.set(`namespace ${index}`, undefined)
    faults.set('the Lease', 'down')

    expect(told.filter((subject) => subject === 'the Lease')).to.have.lengthOf(1)
    expect(told.filter((subject) => subject.startsWith('namespace'))).to.deep.equal([])
  })

  it('is told again after it ended, of each subject for itself', () => {
    const told: unknown[] = []
    const faults = createConditionReporter((...fault) => told.push(fault))
    for (const subject of ['a', 'b', 'a']) faults.set(subject, 'down')
    faults.set('a', undefined)
    for (const subject of ['a', 'b']) faults.set(subject, 'down')

    expect(told).to.deep.equal([
      ['a', 'down'],
      ['b', 'down'],
      ['a', undefined],
      ['a', 'down'],
    ])
  })

  it('is told when it begins, when it changes and when it ends where there is one subject', () => {
    const told: unknown[] = []
    const report = createFaultReporter((sentence) => told.push(sentence))
    for (const sentence of [undefined, 'down', 'down', 'forbidden', undefined, undefined]) report(sentence)

    expect(told).to.deep.equal(['down', 'forbidden', undefined])
  })
})
