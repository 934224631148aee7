import { expect } from 'chai'
import type { V1Job, V1Pod } from '@kubernetes/client-node'
import { createJobs, suspendedByUs } from '../../../src/cluster/repair/jobs.ts'
import type { JsonObject } from '../../../src/json.ts'
import { ApiError } from '../../../src/kubernetes/apiError.ts'
import { eventually } from '../../support/eventually.ts'
import { podObject, type PodOptions } from '../../support/podObjects.ts'

const name = { namespace: 'my-app', name: 'import' }
const uid = 'uid-of-import'
const ofJob = (options: PodOptions = {}) =>
  podObject({ name: 'import-1', owner: 'Job', apiVersion: 'batch/v1', ownerName: 'import', ...options }) as V1Pod

function job(fields: { metadata?: object; spec?: object; status?: object } = {}): V1Job {
  return {
    metadata: { ...name, uid, resourceVersion: '7', ...fields.metadata },
    spec: { suspend: false, ...fields.spec },
    status: { active: 1, ...fields.status },
  } as V1Job
}

/** As its controller leaves a Job that is suspended. */
const withoutPods = { status: { active: 0, conditions: [{ type: 'Suspended', status: 'True' }] } }
const suspended = { metadata: { annotations: { [suspendedByUs]: 'so' } }, spec: { suspend: true } }

describe('A Job whose Pod is to be made anew', () => {
  function scene(first: V1Job, pods: readonly V1Pod[] = [ofJob()]) {
    let current: V1Job | undefined = first
    let refusal: ApiError | undefined
    const patches: JsonObject[] = []
    let looks = 0
    const api = {
      job: () => {
        looks++
        return Promise.resolve(current)
      },
      podsOfJob: () => Promise.resolve(pods),
      patchJob: (_name: object, patch: object) => {
        if (refusal !== undefined) return Promise.reject(refusal)
        patches.push(patch as JsonObject)
        return Promise.resolve('done' as const)
      },
      eachJob: (use: (job: V1Job) => void) => {
        if (current !== undefined) use(current)
        return Promise.resolve()
      },
    }
    const jobs = createJobs({ api })
    const looked = async (times: number): Promise<void> => {
      const enough = looks + times
      await eventually(() => {
        expect(looks).to.be.at.least(enough)
      })
    }
    return {
      jobs,
      patches,
      looked,
      become: (next: V1Job | undefined) => (current = next),
      refuse: (error: ApiError | undefined) => (refusal = error),
    }
  }

  it('is suspended as it was looked at, and no other: its version goes with the patch', async () => {
    const { jobs, patches } = scene(job())
    expect(await jobs.restart({ ...name, uid })).to.equal('done')
    expect(patches).to.have.lengthOf(1)
    expect(patches[0]).to.deep.include({ spec: { suspend: true } })
    expect((patches[0]?.['metadata'] as JsonObject)['resourceVersion']).to.equal('7')
    await jobs.stop()
  })

  it('is none where another one has its name by now', async () => {
    const { jobs, patches } = scene(job({ metadata: { uid: 'another' } }))
    expect([await jobs.restart({ ...name, uid }), patches]).to.deep.equal(['gone', []])
  })

  it('is not hindered by a Pod of another Job that had its name', async () => {
    const before = ofJob({ name: 'import-0', ownerName: 'before', containers: [{ state: 'running' }] })
    const { jobs } = scene(job(), [ofJob(), before])
    expect(await jobs.restart({ ...name, uid })).to.equal('done')
    await jobs.stop()
  })

  it('is not suspended where a Pod of its own has run', async () => {
    const { jobs, patches } = scene(job(), [ofJob(), ofJob({ name: 'import-0', containers: [{ state: 'running' }] })])
    expect(await jobs.restart({ ...name, uid })).to.deep.equal({ obstacle: 'a Pod of it has run' })
    expect(patches).to.be.empty
  })

  it('is not suspended where somebody has suspended it', async () => {
    const { jobs } = scene(job({ spec: { suspend: true } }))
    expect(await jobs.restart({ ...name, uid })).to.deep.equal({ obstacle: 'it is suspended' })
  })

  it('is resumed when its controller has taken its Pods away, and not before', async () => {
    const { jobs, patches, looked, become } = scene(job(suspended))
    await jobs.resumeForgotten()
    await looked(2)
    become(job({ ...suspended, status: { active: 1, conditions: [{ type: 'Suspended', status: 'True' }] } }))
    await looked(2)
    expect(patches).to.be.empty
    become(job({ ...suspended, ...withoutPods }))
    await eventually(() => {
      expect(patches).to.have.lengthOf(1)
    })
    expect(patches[0]).to.deep.equal({
      metadata: { resourceVersion: '7', annotations: { [suspendedByUs]: null } },
      spec: { suspend: false },
    })
  })

  it('loses the annotation where somebody else has resumed it', async () => {
    const { jobs, patches } = scene(job({ ...suspended, spec: { suspend: false } }))
    await jobs.resumeForgotten()
    await eventually(() => {
      expect(patches).to.have.lengthOf(1)
    })
  })

  it('is left alone where the annotation is gone', async () => {
    const { jobs, patches, looked, become } = scene(job(suspended))
    await jobs.resumeForgotten()
    await looked(1)
    become(job({ spec: { suspend: true }, ...withoutPods }))
    await looked(1)
    await jobs.stop()
    expect(patches).to.be.empty
  })

  it('is resumed later where the API server refuses', async () => {
    const { jobs, patches, looked, refuse } = scene(job({ ...suspended, ...withoutPods }))
    refuse(new ApiError('not now', 503))
    await jobs.resumeForgotten()
    await looked(1)
    refuse(undefined)
    await eventually(() => {
      expect(patches).to.have.lengthOf(1)
    })
  })

  it('is resumed by whoever stops, though the API server has just refused it', async () => {
    const { jobs, patches, looked, refuse } = scene(job({ ...suspended, ...withoutPods }))
    refuse(new ApiError('not now', 503))
    await jobs.resumeForgotten()
    await looked(1)
    refuse(undefined)
    await jobs.stop()
    expect(patches).to.have.lengthOf(1)
  })
})
