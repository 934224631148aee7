import { expect } from 'chai'
import type { JsonObject } from '../../../src/json.ts'
import { nameOf, type PodCluster } from '../../support/podCluster.ts'
import { eventually } from '../../support/eventually.ts'
import { image, secret, useRepairs } from '../../support/repairScene.ts'
import { podObject, type PodOptions } from '../../support/podObjects.ts'

describe('Pods that wait for an image', function () {
  this.timeout(20_000)
  const { start, recreate, waiting, untilPatched } = useRepairs()

  it('are left alone after three in a row whose successors wait again, and an Event says so', async () => {
    const again = (pod: JsonObject, cluster: PodCluster): void => {
      const wait = { state: 'ErrImagePull', image }
      // Its operator makes it as it was, past the webhook.
      cluster.put(
        podObject({
          name: `${nameOf(pod)}x`,
          owner: 'Cluster',
          ownerName: 'pg',
          secrets: ['other'],
          containers: [wait],
        }),
      )
    }
    const { cluster, repair, outcomes, clock } = await start({ deleted: again })
    cluster.put(waiting('pg', { owner: 'Cluster', ownerName: 'pg' }))
    repair.begin()
    await eventually(() => {
      clock.advance(1000)
      expect(outcomes.map(({ reason }) => reason)).to.include('RepairStopped')
    })
    expect(cluster.writes).to.deep.equal(['DELETE my-app/pg', 'DELETE my-app/pgx', 'DELETE my-app/pgxx'])
    expect(outcomes.at(-1)?.note).to.equal(
      'Cluster pg is left alone from now on, for three new Pods in a row waited for their images again',
    )
  })

  it('are left alone after three in a row whose successors wait again, though one between them ended unstarted', async () => {
    let count = 0
    const name = () => `pg-${count}`
    const wait = (options: PodOptions = {}) =>
      podObject({ name: name(), owner: 'Cluster', ownerName: 'pg', secrets: ['my-app-registry'], ...options })
    const again = (_pod: JsonObject, cluster: PodCluster): void => {
      count++
      if (count === 3) {
        const evicted = wait({ containers: [{}] })
        cluster.put(evicted)
        cluster.put({ ...evicted, status: { phase: 'Failed', reason: 'Evicted' } })
        count++
      }
      cluster.put(wait({ containers: [{ image, state: 'ErrImagePull' }], secrets: ['other'] }))
    }
    const { cluster, repair, outcomes, clock } = await start({ deleted: again })
    cluster.put(waiting('pg', { owner: 'Cluster', ownerName: 'pg' }))
    repair.begin()
    await eventually(() => {
      clock.advance(1000)
      expect(outcomes.map(({ reason }) => reason)).to.include('RepairStopped')
    })
    expect(cluster.writes.filter((write) => write.startsWith('DELETE'))).to.have.lengthOf(4)
  })

  it('are the only ones that are asked for: a cluster may have thousands of others', async () => {
    const { cluster, repair } = await start()
    repair.begin()
    const ofPods = () => cluster.asked.filter((request) => request.includes('/pods?'))
    await eventually(() => {
      expect(ofPods().some((request) => request.includes('watch='))).to.be.true
    })
    expect(ofPods().filter((request) => !request.includes('fieldSelector=status.phase%3DPending'))).to.be.empty
  })

  it('are patched three times at most where somebody changes their images back', async () => {
    const back = (_pod: JsonObject, cluster: PodCluster): void => {
      cluster.put(waiting('a', { secrets: [secret] }))
    }
    const { cluster, repair, outcomes, clock } = await start({ patched: back })
    cluster.put(waiting('a', { secrets: [secret] }))
    repair.begin()
    await eventually(() => {
      clock.advance(1000)
      repair.lookAgain()
      expect(outcomes.at(-1)?.reason).to.equal('RepairStopped')
    })
    expect(cluster.writes).to.deep.equal(['PATCH my-app/a', 'PATCH my-app/a', 'PATCH my-app/a'])
  })

  it('wait for nobody where one successor shows that the webhook is not asked', async () => {
    const unchanged = (pod: JsonObject, cluster: PodCluster): void => {
      cluster.put(podObject({ name: `${nameOf(pod)}x`, containers: [{ state: 'ContainerCreating' }] }))
    }
    const { cluster, repair, results } = await start({ deleted: unchanged })
    for (const name of ['a', 'b', 'c']) cluster.put(waiting(name, { ownerName: name }))
    repair.begin()
    await eventually(() => {
      expect(results()).to.deep.equal(['replaced'])
    })
    cluster.put(waiting('d', { owner: '', secrets: [secret] }))
    await eventually(() => {
      expect(results()).to.include('patched')
    })
    expect(cluster.writes.filter((write) => write.startsWith('DELETE'))).to.have.lengthOf(1)
  })

  it('are not replaced before the API server asks this webhook', async () => {
    let isServing = false
    const { cluster, repair, results } = await start({ deleted: recreate }, { isServing: () => isServing })
    cluster.put(waiting('a'))
    cluster.put(waiting('b', { secrets: [secret] }))
    repair.begin()
    await eventually(() => {
      expect(results()).to.include('patched')
    })
    expect(cluster.writes).to.deep.equal(['PATCH my-app/b'])
    isServing = true
    await eventually(() => {
      expect(cluster.writes).to.include('DELETE my-app/a')
    })
  })

  it('are not replaced while the API server does not reach the webhook, which cannot know by itself', async () => {
    let isAsked = false
    const { cluster, repair, outcomes, results, clock } = await start({ deleted: recreate, isAsked: () => isAsked })
    const tries = () => cluster.asked.filter((request) => request.includes('dryRun=All')).length
    for (let index = 0; index < 10; index++) cluster.put(waiting(`pod-${index}`, { ownerName: `owner-${index}` }))
    repair.begin()
    await eventually(() => {
      expect(tries()).to.equal(1)
    })
    await untilPatched(cluster, outcomes)
    expect(cluster.writes).to.deep.equal(['PATCH my-app/marker'])
    isAsked = true
    clock.advance(1000)
    await eventually(() => {
      expect(results().filter((result) => result === 'replaced')).to.have.lengthOf(10)
    })
    expect(tries()).to.equal(2)
  })

  it('have their owner left alone where a finalizer holds one for two minutes', async () => {
    const { cluster, repair, outcomes, clock } = await start({ holds: () => true })
    cluster.put(waiting('a'))
    repair.begin()
    await eventually(() => {
      expect(outcomes.map(({ result }) => result)).to.deep.equal(['replaced'])
    })
    clock.advance(121_000)
    await eventually(() => {
      expect(outcomes.at(-1)?.reason).to.equal('RepairStopped')
    })
    expect(outcomes.at(-1)?.note).to.include('a finalizer may hold it')
  })

  it('have their owner left alone where it makes no new one', async () => {
    const { cluster, repair, outcomes, clock } = await start()
    cluster.put(waiting('a'))
    repair.begin()
    await eventually(() => {
      expect(cluster.find('a')).to.be.undefined
    })
    await eventually(() => {
      clock.advance(61_000)
      expect(outcomes.at(-1)?.note).to.include('a quota, Pod Security or another webhook may refuse it')
    })
  })
})
