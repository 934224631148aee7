import { expect } from 'chai'
import { createConditionReporter } from '../../src/kubernetes/conditionReporter.ts'

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

  it('is told once also where there are very many others', () => {
    const told: string[] = []
    const faults = createConditionReporter((subject) => told.push(subject))
    for (let index = 0; index < 5000; index++) faults.set(`secret ${index}`, 'down')
    told.length = 0
    for (let round = 0; round < 3; round++) faults.set('the Lease', 'down')

    expect(told).to.deep.equal(['the Lease'])
  })
})
