import { expect } from 'chai'
import type { V1Pod } from '@kubernetes/client-node'
import { createPendingPods } from '../../../src/cluster/repair/pendingPods.ts'
import { createClock } from '../../support/clock.ts'
import { podObject, type PodOptions } from '../../support/podObjects.ts'

const pod = (name: string, options: PodOptions = {}) => podObject({ name, ...options }) as V1Pod
const elsewhere = (name: string) => pod(name, { metadata: { namespace: 'other' } })
const creating = { containers: [{ state: 'ContainerCreating' }] }

describe('The Pods that are Pending', () => {
  function scene() {
    const clock = createClock()
    const told: string[] = []
    const pods = createPendingPods(
      {
        created: ({ name }) => told.push(`created ${name}`),
        waits: ({ name }) => told.push(`waits ${name}`),
        left: ({ name }) => told.push(`left ${name}`),
        fault: () => undefined,
      },
      clock.now,
    )
    return { clock, told, pods, all: pods.listenerFor(undefined) }
  }

  it('are told of once while nothing of them changes that a repair looks at', () => {
    const { told, all } = scene()
    all.seen(pod('a'))
    all.seen(pod('a', { containers: [{ state: 'ErrImagePull' }] }))
    all.seen(pod('a', { metadata: { annotations: { of: 'others' } } }))
    expect(told).to.deep.equal(['created a', 'waits a'])
  })

  it('are told of again where they wait for another image', () => {
    const { told, all } = scene()
    all.seen(pod('a'))
    all.seen(pod('a', { containers: [{ state: 'ErrImagePull', image: 'quay.io/my-org/api:2' }] }))
    expect(told).to.deep.equal(['created a', 'waits a', 'waits a'])
  })

  it('have left where a new list does not have them, as after a watch that missed it', () => {
    const { told, pods, all } = scene()
    for (const name of ['a', 'b', 'c']) all.seen(pod(name))
    told.splice(0)
    all.relisting?.()
    all.seen(pod('b'))
    all.listed?.('1')
    expect(told).to.deep.equal(['left a', 'left c'])
    expect(pods.waiting().map(({ name }) => name)).to.deep.equal(['b'])
  })

  it('have not left where it is the list of another namespace that does not have them', () => {
    const { told, pods } = scene()
    const own = pods.listenerFor('my-app')
    const other = pods.listenerFor('other')
    own.seen(pod('a'))
    other.seen(elsewhere('b'))
    told.splice(0)
    other.relisting?.()
    other.listed?.('1')
    expect(told).to.deep.equal(['left b'])
  })

  it('wait since the kubelet said so, and anew where they did not for a while', () => {
    const { clock, pods, all } = scene()
    const since = () => pods.get('uid-of-a')?.since
    all.seen(pod('a', creating))
    clock.advance(1000)
    all.seen(pod('a'))
    expect(since()).to.equal(clock.now())
    const began = clock.now()
    clock.advance(1000)
    all.seen(pod('a', { containers: [{ state: 'ErrImagePull' }] }))
    expect(since()).to.equal(began)
    all.seen(pod('a', creating))
    clock.advance(1000)
    all.seen(pod('a'))
    expect(since()).to.equal(clock.now())
  })

  it('are forgotten when they have left', () => {
    const { pods, all } = scene()
    all.seen(pod('a'))
    all.gone(pod('a'))
    expect([pods.get('uid-of-a'), pods.waiting()]).to.deep.equal([undefined, []])
  })
})
