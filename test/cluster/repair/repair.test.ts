import { expect } from 'chai'
import type { JsonObject } from '../../../src/json.ts'
import { nameOf } from '../../support/podCluster.ts'
import { eventually } from '../../support/eventually.ts'
import { image, proxied, secret, useRepairs } from '../../support/repairScene.ts'
import { type PodOptions } from '../../support/podObjects.ts'

describe('Pods that wait for an image', function () {
  this.timeout(20_000)
  const { start, join, recreate, waiting, untilPatched } = useRepairs()

  it('are deleted once, whatever is heard of them afterwards', async () => {
    const holds = (pod: JsonObject) => nameOf(pod) === 'a'
    const { cluster, repair, outcomes, results } = await start({ holds, deleted: recreate })
    cluster.put(waiting('before'))
    repair.begin()
    await eventually(() => {
      expect(results()).to.deep.equal(['replaced'])
    })
    cluster.put(waiting('a'))
    await eventually(() => {
      expect(results()).to.deep.equal(['replaced', 'replaced'])
    })
    cluster.put(waiting('a', { initContainers: [{ name: 'init', state: 'ended' }] }))
    await untilPatched(cluster, outcomes)
    expect(cluster.writes).to.deep.equal(['DELETE my-app/before', 'DELETE my-app/a', 'PATCH my-app/marker'])
  })

  it('are deleted where a ReplicaSet makes them anew, and the new ones run', async () => {
    const { cluster, repair, results, copies } = await start({ deleted: recreate })
    for (const name of ['a', 'b', 'c']) cluster.put(waiting(name))
    repair.begin()
    await eventually(() => {
      expect(results()).to.deep.equal(['replaced', 'replaced', 'replaced'])
    })
    expect(cluster.writes.toSorted()).to.deep.equal(['DELETE my-app/a', 'DELETE my-app/b', 'DELETE my-app/c'])
    expect(copies).to.include('my-app')
  })

  it('are patched in place where they name the pull secret, whoever owns them', async () => {
    const { cluster, repair, results } = await start({
      patched: (pod, cluster) => {
        cluster.run(nameOf(pod))
      },
    })
    cluster.put(waiting('bare', { owner: '', secrets: [secret] }))
    cluster.put(waiting('of-a-job', { owner: 'Job', apiVersion: 'batch/v1', secrets: [secret] }))
    repair.begin()
    await eventually(() => {
      expect(results().filter((result) => result === 'patched')).to.have.lengthOf(2)
    })
    expect(cluster.writes.toSorted()).to.deep.equal(['PATCH my-app/bare', 'PATCH my-app/of-a-job'])
    const containers = (name: string) =>
      (cluster.find(name)?.['spec'] as { containers: { image: string }[] }).containers
    expect(containers('bare')[0]?.image).to.equal(proxied(image))
  })

  it('get the pull secret that they name, and nothing else where only that is to be done', async () => {
    const { cluster, repair, results, copies } = await start({}, { mayChange: false })
    cluster.put(waiting('a', { secrets: [secret] }))
    cluster.put(waiting('b'))
    repair.begin()
    await eventually(() => {
      expect(results()).to.deep.equal(['copied'])
    })
    expect([copies, cluster.writes]).to.deep.equal([['my-app'], []])
  })

  it('get the pull secret that they name where their images are behind the proxy already', async () => {
    const { cluster, repair, results } = await start()
    cluster.put(waiting('a', { secrets: [secret], containers: [{ image: proxied(image), state: 'ErrImagePull' }] }))
    repair.begin()
    await eventually(() => {
      expect(results()).to.deep.equal(['copied'])
    })
    expect(cluster.writes).to.deep.equal([])
  })

  const untouched: readonly (readonly [string, PodOptions])[] = [
    ['one with a public image', { containers: [{ image: 'redis:7', state: 'ErrImagePull' }] }],
    [
      'one with an image of the customer’s own',
      { containers: [{ image: 'quay.io/customer/app:1', state: 'ErrImagePull' }] },
    ],
    ['one in a namespace that is not covered', { metadata: { namespace: 'other' } }],
    ['one in a namespace that is being deleted', { metadata: { namespace: 'leaving' } }],
    ['one in a namespace that is gone', { metadata: { namespace: 'nowhere' } }],
    ['one whose image is there already', { containers: [{ state: 'CrashLoopBackOff' }] }],
  ]
  for (const [which, options] of untouched) {
    it(`are left as they are: ${which}`, async () => {
      const { cluster, repair, results } = await start({ deleted: recreate })
      cluster.put(waiting('a', options))
      repair.begin()
      cluster.put(waiting('z'))
      await eventually(() => {
        expect(results()).to.deep.equal(['replaced'])
      })
      expect(cluster.writes).to.deep.equal(['DELETE my-app/z'])
    })
  }

  it('are each mended once where two replicas lead for a moment', async () => {
    const { cluster, repair, results } = await start({ deleted: recreate })
    const other = join(cluster)
    for (let index = 0; index < 10; index++) cluster.put(waiting(`pod-${index}`, { ownerName: `owner-${index}` }))
    repair.begin()
    other.repair.begin()
    await eventually(() => {
      expect([...results(), ...other.results()].filter((result) => result === 'replaced')).to.have.lengthOf(10)
    })
    expect(new Set(cluster.writes).size).to.equal(10)
    expect(cluster.writes).to.have.lengthOf(10)
  })

  it('are mended 60 at once and then as the minute allows', async () => {
    const { cluster, repair, results, clock } = await start({ deleted: recreate })
    for (let index = 0; index < 100; index++) cluster.put(waiting(`pod-${index}`, { ownerName: `owner-${index % 20}` }))
    repair.begin()
    await eventually(() => {
      expect(results()).to.have.lengthOf(60)
    })
    clock.advance(30_000)
    await eventually(() => {
      expect(results()).to.have.lengthOf(70)
    })
  })
})
