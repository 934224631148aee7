import { expect } from 'chai'
import { releasedByUs } from '../../../src/cluster/repair/waitingPod.ts'
import type { JsonObject } from '../../../src/json.ts'
import { nameOf, type PodCluster } from '../../support/podCluster.ts'
import { eventually } from '../../support/eventually.ts'
import { useRepairs } from '../../support/repairScene.ts'

const label = 'batch.kubernetes.io/controller-uid'

describe('Pods of a Job that wait for an image', function () {
  this.timeout(20_000)
  const { start, admitted, waiting } = useRepairs()

  const ofJob = (name: string, metadata: JsonObject = {}) =>
    waiting(name, {
      owner: 'Job',
      ownerName: 'import',
      apiVersion: 'batch/v1',
      metadata: { labels: { [label]: 'uid-of-import' }, ...metadata },
    })
  const job = (spec: object = {}): JsonObject => ({
    kind: 'Job',
    metadata: { namespace: 'my-app', name: 'import', uid: 'uid-of-import' },
    spec: { selector: { matchLabels: { [label]: 'uid-of-import' } }, ...spec },
  })
  /** The Job's controller gives up a Pod that it does not select any more, and makes another one. */
  const controller = (object: JsonObject, cluster: PodCluster): void => {
    const metadata = object['metadata'] as { labels?: JsonObject }
    if (metadata.labels?.[label] !== undefined) return
    const successor = nameOf(object).replace('old', 'new')
    cluster.put(admitted(object, successor))
    cluster.run(successor)
  }

  it('are taken out of it and deleted, and nothing is written about the Job', async () => {
    const { cluster, repair, results } = await start({ patched: controller })
    cluster.put(job())
    cluster.put(ofJob('old-1'))
    repair.begin()
    await eventually(() => {
      expect(results()).to.deep.equal(['resumed'])
    })
    expect(cluster.writes).to.deep.equal(['PATCH my-app/old-1', 'DELETE my-app/old-1'])
    expect(cluster.pods().map(nameOf)).to.deep.equal(['new-1'])
  })

  it('are all replaced where it has several', async () => {
    const { cluster, repair, results } = await start({ patched: controller })
    cluster.put(job({ parallelism: 8 }))
    for (let index = 0; index < 8; index++) cluster.put(ofJob(`old-${index}`))
    repair.begin()
    await eventually(() => {
      expect(results()).to.have.lengthOf(8)
    })
    expect(new Set(results())).to.deep.equal(new Set(['resumed']))
  })

  it('are deleted by the next leader where the one that took them out of their Job died', async () => {
    const { cluster, repair, results } = await start()
    cluster.put(waiting('old-1', { owner: '', metadata: { annotations: { [releasedByUs]: 'uid-of-import' } } }))
    repair.begin()
    await eventually(() => {
      expect(results()).to.deep.equal(['resumed'])
    })
    expect(cluster.writes).to.deep.equal(['DELETE my-app/old-1'])
  })

  it('are not deleted where they have run since they were taken out of their Job', async () => {
    const { cluster, repair, outcomes } = await start()
    const metadata = { annotations: { [releasedByUs]: 'uid-of-import' } }
    const containers = [{ state: 'ended' }, { name: 'other', state: 'ImagePullBackOff' }]
    cluster.put(waiting('old-1', { owner: '', metadata, containers }))
    repair.begin()
    cluster.put(waiting('marker'))
    await eventually(() => {
      expect(cluster.writes).to.include('DELETE my-app/marker')
    })
    expect(cluster.writes).not.to.include('DELETE my-app/old-1')
    expect(outcomes.map(({ pod }) => pod.name)).not.to.include('old-1')
  })

  it('are reported where the Job is another controller’s', async () => {
    const { cluster, repair, outcomes, clock } = await start()
    cluster.put(job({ managedBy: 'example.com/own' }))
    cluster.put(ofJob('old-1'))
    repair.begin()
    await eventually(() => {
      clock.advance(10_000)
      repair.lookAgain()
      expect(outcomes[0]?.note).to.include('is not taken out of its Job, since it is managed by example.com/own')
    })
    expect(cluster.writes).to.deep.equal([])
  })
})
