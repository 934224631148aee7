import { expect } from 'chai'
import { decideAnew } from '../../../src/cluster/repair/decideAnew.ts'
import type { RepairOptions } from '../../../src/cluster/repair/repair.ts'
import type { JsonObject } from '../../../src/json.ts'
import { nameOf, type PodCluster } from '../../support/podCluster.ts'
import { eventually } from '../../support/eventually.ts'
import { useRepairs } from '../../support/repairScene.ts'

describe('Pods that wait for an image', function () {
  this.timeout(20_000)
  const { start, join, admitted, recreate, waiting, untilPatched, admission } = useRepairs()

  describe('of a Job', () => {
    const ofJob = { owner: 'Job', ownerName: 'import', apiVersion: 'batch/v1' } as const
    const job = (fields: { metadata?: object; spec?: object; status?: object } = {}): JsonObject => ({
      kind: 'Job',
      metadata: { namespace: 'my-app', name: 'import', uid: 'uid-of-import', ...fields.metadata },
      spec: { suspend: false, ...fields.spec },
      status: { active: 1, ...fields.status },
    })
    /** The Job's controller. */
    const controller = (object: JsonObject, cluster: PodCluster): void => {
      if (object['kind'] !== 'Job') return
      const isSuspended = (object['spec'] as { suspend?: boolean }).suspend === true
      const pod = cluster.pods()[0]
      if (isSuspended) {
        cluster.remove('import-1')
        const conditions = [{ type: 'Suspended', status: 'True' }]
        cluster.put({ ...(cluster.find('import') ?? object), status: { conditions } })
      } else if (pod === undefined) cluster.put(admitted(waiting('import-1', ofJob), 'import-2'))
    }

    it('are replaced by suspending the Job and resuming it, and are not deleted', async () => {
      const { cluster, repair, results } = await start({ patched: controller })
      cluster.put(job())
      cluster.put(waiting('import-1', ofJob))
      repair.begin()
      await eventually(() => {
        expect(cluster.writes).to.deep.equal(['PATCH my-app/import suspend=true', 'PATCH my-app/import suspend=false'])
      })
      expect(results()).to.deep.equal(['resumed'])
      expect(cluster.pods().map(nameOf)).to.deep.equal(['import-2'])
      expect((cluster.find('import')?.['metadata'] as JsonObject)['annotations']).to.deep.equal({})
    })

    it('are resumed by the next leader where the one that suspended the Job died', async () => {
      const { cluster, repair } = await start()
      const suspended = {
        spec: { suspend: true },
        status: { active: 0, conditions: [{ type: 'Suspended', status: 'True' }] },
      }
      const annotations = { 'image-proxy-webhook/suspended': 'true' }
      cluster.put(job({ ...suspended, metadata: { annotations } }))
      cluster.put(job({ ...suspended, metadata: { name: 'by-a-person', uid: 'p' } }))
      repair.begin()
      await eventually(() => {
        expect(cluster.writes).to.deep.equal(['PATCH my-app/import suspend=false'])
      })
    })

    it('are resumed by the next leader once it may list Jobs, should it be refused that at first', async () => {
      let refusal: number | undefined = 403
      const { cluster, repair, faults, clock } = await start({ refusesJobs: () => refusal })
      const annotations = { 'image-proxy-webhook/suspended': 'so' }
      cluster.put(job({ metadata: { annotations }, spec: { suspend: true }, status: { active: 0, conditions: [] } }))
      repair.begin()
      await eventually(() => {
        expect(faults.join()).to.include('the suspended Jobs: the API server answers 403')
      })
      refusal = undefined
      clock.advance(10_000)
      await eventually(() => {
        expect(cluster.asked.some((request) => request.endsWith('/jobs/import'))).to.be.true
      })
    })

    /** Jobs whose controller has not done anything yet, each with a Pod that waits. */
    function putJobs(cluster: PodCluster, count: number): void {
      for (let index = 0; index < count; index++) {
        const name = `job-${index}`
        cluster.put(job({ metadata: { name, uid: `uid-of-${name}` } }))
        cluster.put(waiting(`${name}-1`, { ...ofJob, ownerName: name }))
      }
    }
    const suspensions = ({ writes }: PodCluster) => writes.filter((write) => write.endsWith('suspend=true'))
    const resumptions = ({ writes }: PodCluster) => writes.filter((write) => write.endsWith('suspend=false'))
    const stillSuspended = (cluster: PodCluster) => {
      const resumed = resumptions(cluster).map((write) => write.replace('false', 'true'))
      return suspensions(cluster).filter((write) => !resumed.includes(write))
    }
    /** Shows that the webhook is asked, so that the Jobs need not wait for the first of them. */
    const trust = async (cluster: PodCluster, results: () => string[]): Promise<void> => {
      cluster.put(waiting('canary', { ownerName: 'canary' }))
      await eventually(() => {
        expect(results()).to.deep.equal(['replaced'])
      })
    }

    it('are resumed at once where the leader ends, however many there are', async () => {
      const { cluster, repair, results } = await start({ deleted: recreate })
      repair.begin()
      await trust(cluster, results)
      putJobs(cluster, 30)
      await eventually(() => {
        expect(suspensions(cluster)).to.have.lengthOf(30)
      })
      await repair.end()
      expect([resumptions(cluster).length, stillSuspended(cluster)]).to.deep.equal([30, []])
    })

    it('are resumed, or not suspended, where the leader ends while it is about to suspend them', async () => {
      for (let tries = 0; tries < 10; tries++) {
        const { cluster, repair, results } = await start({ deleted: recreate })
        repair.begin()
        await trust(cluster, results)
        const before = cluster.asked.length
        putJobs(cluster, 8)
        // At another moment each time: one look at a Job is four requests.
        await eventually(() => {
          expect(cluster.asked.length).to.be.at.least(before + 2 * tries)
        })
        await repair.end()
        expect(stillSuspended(cluster)).to.deep.equal([])
      }
    })

    it('are not suspended where the leader has ended before it is known what to do about them', async () => {
      const deciding = Promise.withResolvers<undefined>()
      const decide: RepairOptions['decide'] = async (pod, since) => {
        await deciding.promise
        return decideAnew(admission, pod, 1000, since)
      }
      const { cluster, repair } = await start({}, { decide })
      putJobs(cluster, 1)
      repair.begin()
      await eventually(() => {
        expect(cluster.asked.some((request) => request.includes('/namespaces/my-app'))).to.be.true
      })
      await repair.end()
      deciding.resolve(undefined)
      await eventually(() => {
        expect(cluster.asked.at(-1)).to.include('labelSelector=batch.kubernetes.io')
      })
      // The next thing that is asked comes after what would have been written.
      cluster.remove('job-0-1')
      const next = join(cluster)
      next.repair.begin()
      await untilPatched(cluster, next.outcomes)
      expect(suspensions(cluster)).to.deep.equal([])
    })

    it('are resumed without delay where the webhook is being uninstalled, and may do so for a moment more', async () => {
      const { cluster, repair, results } = await start({ deleted: recreate })
      repair.begin()
      await trust(cluster, results)
      putJobs(cluster, 30)
      await eventually(() => {
        expect(suspensions(cluster)).to.have.lengthOf(30)
      })
      const since = performance.now()
      repair.windUp()
      await eventually(() => {
        expect(stillSuspended(cluster)).to.deep.equal([])
      })
      expect(performance.now() - since).to.be.below(1000)
    })

    it('have their Job say while it is suspended who did it, and what to do should it stay so', async () => {
      const { cluster, repair } = await start()
      putJobs(cluster, 1)
      repair.begin()
      await eventually(() => {
        expect(suspensions(cluster)).to.have.lengthOf(1)
      })
      const { annotations } = cluster.find('job-0')?.['metadata'] as { annotations: JsonObject }
      expect(annotations['image-proxy-webhook/suspended']).to.equal(
        'for a moment, by image-proxy-webhook; should that be uninstalled, set spec.suspend to false',
      )
    })

    const kept: readonly (readonly [string, JsonObject, string])[] = [
      ['has failed once', job({ status: { failed: 1 } }), 'a Pod of it has run'],
      ['has succeeded once', job({ status: { succeeded: 1 } }), 'a Pod of it has run'],
      ['is another controller’s', job({ spec: { managedBy: 'example.com/own' } }), 'it is managed by example.com/own'],
      [
        'belongs to an operator',
        job({ metadata: { ownerReferences: [{ kind: 'Backup', name: 'b', controller: true }] } }),
        'it is controlled by Backup b',
      ],
    ]
    for (const [what, object, obstacle] of kept) {
      it(`are reported where the Job ${what}`, async () => {
        const { cluster, repair, outcomes, clock } = await start()
        cluster.put(object)
        cluster.put(waiting('import-1', ofJob))
        repair.begin()
        await eventually(() => {
          clock.advance(10_000)
          repair.lookAgain()
          expect(outcomes[0]?.note).to.include(`is not suspended to replace it, since ${obstacle}`)
        })
        expect(cluster.writes).to.deep.equal([])
      })
    }

    it('are replaced where a CronJob made the Job', async () => {
      const { cluster, repair, results } = await start({ patched: controller })
      cluster.put(job({ metadata: { ownerReferences: [{ kind: 'CronJob', name: 'c', controller: true }] } }))
      cluster.put(waiting('import-1', ofJob))
      repair.begin()
      await eventually(() => {
        expect(results()).to.deep.equal(['resumed'])
      })
    })

    it('are reported where another Pod of the Job runs', async () => {
      const { cluster, repair, results, clock } = await start()
      cluster.put(job())
      cluster.put(waiting('import-1', ofJob))
      cluster.put(waiting('import-2', { ...ofJob, containers: [{ state: 'running' }] }))
      cluster.run('import-2')
      repair.begin()
      await eventually(() => {
        clock.advance(10_000)
        repair.lookAgain()
        expect(results()).to.include('reported')
      })
      expect(cluster.writes).to.deep.equal([])
    })
  })
})
