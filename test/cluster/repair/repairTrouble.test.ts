import { mock } from 'node:test'
import { expect } from 'chai'
import { createRepairApi } from '../../../src/cluster/repair/repairApi.ts'
import { ApiError } from '../../../src/kubernetes/apiError.ts'
import { eventually } from '../../support/eventually.ts'
import { podObject } from '../../support/podObjects.ts'
import { secret, useRepairs } from '../../support/repairScene.ts'

describe('Pods that wait for an image', function () {
  this.timeout(20_000)
  const { start, join, recreate, waiting, untilPatched } = useRepairs()

  it('are told what to do where nothing makes them anew, once an hour, and not at once', async () => {
    const { cluster, repair, outcomes, clock } = await start()
    cluster.put(waiting('bare', { owner: '' }))
    repair.begin()
    const tellUntil = (count: number) =>
      eventually(() => {
        repair.lookAgain()
        expect(outcomes.filter(({ reason }) => reason === 'ImageNotRepaired')).to.have.lengthOf(count)
      })
    await eventually(() => {
      expect(cluster.asked.some((request) => request.includes('/namespaces/my-app'))).to.be.true
    })
    expect(outcomes).to.be.empty
    clock.advance(10_000)
    await tellUntil(1)
    clock.advance(3_599_000)
    repair.lookAgain()
    await untilPatched(cluster, outcomes)
    await tellUntil(1)
    clock.advance(1000)
    await tellUntil(2)
    expect(cluster.find('bare')).not.to.be.undefined
  })

  it('are tried again where the API server refuses, and that is told once', async () => {
    const { cluster, repair, results, faults, clock } = await start({ deleted: recreate })
    cluster.refuseWrites(403)
    cluster.put(waiting('a'))
    repair.begin()
    await eventually(() => {
      expect(faults).not.to.be.empty
    })
    clock.advance(10_000)
    await eventually(() => {
      repair.lookAgain()
      expect(results()).to.deep.equal(['failed'])
    })
    cluster.refuseWrites(undefined)
    await eventually(() => {
      expect(results()).to.deep.equal(['failed', 'replaced'])
    })
  })

  it('are no bug where the API server refuses a write for one that has ceased to wait meanwhile', async () => {
    const marker = Promise.withResolvers<undefined>()
    const { cluster, repair, faults } = await start(
      {},
      {
        decide: async ({ name }) => {
          if (name === 'marker') marker.resolve(undefined)
          else {
            cluster.put(podObject({ name: 'a', containers: [{ state: 'ContainerCreating' }] }))
            cluster.put(waiting('marker'))
            await marker.promise
          }
          throw new ApiError('refused', 403)
        },
      },
    )
    cluster.put(waiting('a'))
    repair.begin()
    await marker.promise
    await eventually(() => {
      expect(faults).to.include('the Pod my-app/a: refused')
    })
    expect(faults.filter((fault) => fault.includes('bug'))).to.deep.equal([])
  })

  it('are tried again where the API server restarts, which counts as no failure', async () => {
    const { cluster, repair, results, clock } = await start({ deleted: recreate })
    const tries = () => cluster.asked.filter((request) => request.startsWith('DELETE')).length
    cluster.refuseWrites(503)
    cluster.put(waiting('a'))
    repair.begin()
    await eventually(() => {
      expect(tries()).to.be.above(0)
    })
    clock.advance(10_000)
    const before = tries()
    await eventually(() => {
      repair.lookAgain()
      expect(tries()).to.be.above(before + 1)
    })
    cluster.refuseWrites(undefined)
    await eventually(() => {
      repair.lookAgain()
      expect(results()).to.deep.equal(['replaced'])
    })
  })

  it('are left by a replica that does not lead any more', async () => {
    const { cluster, repair, results } = await start({ deleted: recreate })
    repair.begin()
    cluster.put(waiting('a'))
    await eventually(() => {
      expect(results()).to.have.lengthOf(1)
    })
    repair.end()
    cluster.put(waiting('b'))
    const next = join(cluster)
    next.repair.begin()
    await eventually(() => {
      expect(next.results()).to.have.lengthOf(1)
    })
    expect(results()).to.have.lengthOf(1)
  })

  it('are tried again although their namespace could not be read a moment before', async () => {
    const { cluster } = await start()
    const api = createRepairApi(cluster.api, ['*'], 'image-proxy-webhook')
    let refusals = 1
    const namespace: typeof api.namespace = (name) =>
      refusals-- > 0 ? Promise.reject(new ApiError('not now', 403)) : api.namespace(name)
    const { repair, results } = join(cluster, { api: { ...api, namespace } })
    cluster.put(waiting('a', { secrets: [secret] }))
    repair.begin()
    await eventually(() => {
      expect(results()).to.include('patched')
    })
  })

  it('have their namespace read once, however many wait in it', async () => {
    const { cluster, repair, results } = await start()
    for (const name of ['a', 'b', 'c']) cluster.put(waiting(name, { secrets: [secret] }))
    repair.begin()
    await eventually(() => {
      expect(results().filter((result) => result === 'patched')).to.have.lengthOf(3)
    })
    expect(cluster.asked.filter((request) => request === 'GET /api/v1/namespaces/my-app')).to.have.lengthOf(1)
  })

  it('are followed no more by a replica that does not lead any more', async () => {
    const { cluster } = await start()
    const api = createRepairApi(cluster.api, ['*'], 'image-proxy-webhook')
    let stopped = 0
    const watchPendingPods: typeof api.watchPendingPods = (listenerFor) => {
      const watch = api.watchPendingPods(listenerFor)
      return {
        stop: () => {
          stopped++
          watch.stop()
        },
      }
    }
    const { repair } = join(cluster, { api: { ...api, watchPendingPods } })
    repair.begin()
    repair.end()
    expect(stopped).to.equal(1)
  })

  it('are reported no more by a replica that does not lead any more', async () => {
    const { cluster, repair, results, clock } = await start()
    mock.timers.enable({ apis: ['setInterval'] })
    try {
      repair.begin()
      cluster.put(waiting('a'))
      await eventually(() => {
        expect(results()).to.deep.equal(['replaced'])
      })
      repair.end()
      clock.advance(180_000)
      mock.timers.tick(1000)
      expect(results()).to.deep.equal(['replaced'])
    } finally {
      mock.timers.reset()
    }
  })
})
