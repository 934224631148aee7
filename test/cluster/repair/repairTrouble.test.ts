import { expect } from 'chai'
import { eventually } from '../../support/eventually.ts'
import { useRepairs } from '../../support/repairScene.ts'

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
})
