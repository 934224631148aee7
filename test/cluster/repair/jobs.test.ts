import { expect } from 'chai'
import type { V1Job, V1JobSpec, V1Pod } from '@kubernetes/client-node'
import { replacePodOfJob } from '../../../src/cluster/repair/jobs.ts'
import type { PodVersion, Written } from '../../../src/cluster/repair/repairApi.ts'
import { readWaitingPod } from '../../../src/cluster/repair/waitingPod.ts'
import { podObject } from '../../support/podObjects.ts'

const uid = 'uid-of-import'
const label = 'batch.kubernetes.io/controller-uid'
const selector = { matchLabels: { [label]: uid } }

const labels = { app: 'import', [label]: uid, 'batch.kubernetes.io/job-name': 'import' }
const object = { name: 'import-1', owner: 'Job', apiVersion: 'batch/v1', ownerName: 'import' }
const pod = readWaitingPod(podObject({ ...object, metadata: { labels } }))

describe('A Pod of a Job that is to be made anew', () => {
  interface Answers {
    readonly released?: Written
    /** One after the other; `changed` from then on. */
    readonly deleted?: Written[]
    /** The Pod after it was released. */
    readonly now?: V1Pod
  }

  /** @param found the Job of that name, as it is now */
  async function replace(found: V1Job | undefined, answers: Answers = {}) {
    const written: string[] = []
    const { released = 'done', deleted = ['done'], now } = answers
    const api = {
      job: () => Promise.resolve(found),
      pod: () => Promise.resolve(now),
      releasePod: ({ name, resourceVersion }: PodVersion, gone: readonly string[], annotations: object) => {
        written.push(`${name} of ${resourceVersion} without ${gone.join()} with ${JSON.stringify(annotations)}`)
        return Promise.resolve(released === 'done' ? { resourceVersion: '8' } : released)
      },
      deletePod: ({ name, resourceVersion }: PodVersion) => {
        written.push(`no ${name} of ${resourceVersion}`)
        return Promise.resolve(deleted.shift() ?? 'changed')
      },
    }
    if (pod?.owner === undefined) throw new Error('it waits for no image')
    return { result: await replacePodOfJob(api, pod, pod.owner), written }
  }
  const job = (spec: Partial<V1JobSpec> = {}, metadata: object = { uid }): V1Job => ({
    metadata,
    spec: { template: {}, selector, ...spec },
  })
  const release = `import-1 of 7 without ${label} with {"image-proxy-webhook/released":"uid-of-import"}`

  it('is made such that the Job selects it no more, and deleted as it is then', async () => {
    expect(await replace(job())).to.deep.equal({ result: 'done', written: [release, 'no import-1 of 8'] })
  })

  it('is left alone where it has changed since it was looked at: it may run', async () => {
    expect(await replace(job(), { released: 'changed' })).to.deep.equal({ result: 'changed', written: [release] })
  })

  const given = { ...object, uid: pod?.uid ?? '', metadata: { resourceVersion: '9' } }

  it('is deleted as it is after the Job’s controller has given it up', async () => {
    const { result, written } = await replace(job(), { deleted: ['changed', 'changed', 'done'], now: podObject(given) })
    expect(result).to.equal('done')
    expect(written.slice(1)).to.deep.equal(['no import-1 of 8', 'no import-1 of 9', 'no import-1 of 9'])
  })

  it('is not done with where it changes again and again before its deletion', async () => {
    expect((await replace(job(), { deleted: [], now: podObject(given) })).result).to.equal('changed')
  })

  it('is not deleted where it runs by then', async () => {
    const now = podObject({ ...given, containers: [{ state: 'running' }] })
    const { result, written } = await replace(job(), { deleted: ['changed', 'done'], now })
    expect({ result, written: written.slice(1) }).to.deep.equal({ result: 'changed', written: ['no import-1 of 8'] })
  })

  it('is gone where another one has its name by then', async () => {
    const another = podObject({ ...given, uid: 'another' })
    expect((await replace(job(), { deleted: ['changed'], now: another })).result).to.equal('gone')
  })

  it('is one of any Job, whether it has failed, or belongs to an operator, or has Pods that run', async () => {
    const ownerReferences = [{ apiVersion: 'x/v1', kind: 'Backup', name: 'b', uid: 'b', controller: true }]
    const busy = Object.assign(job({}, { uid, ownerReferences }), { status: { failed: 1, succeeded: 2, active: 3 } })
    expect((await replace(busy)).result).to.equal('done')
  })

  it('loses each label by which a Job selects that was given a selector of its own', async () => {
    const { written } = await replace(job({ selector: { matchLabels: { app: 'import', other: 'x' } } }))
    expect(written[0]).to.include('without app with')
  })

  const untouched: readonly (readonly [string, V1Job | undefined, object | string])[] = [
    ['is gone', undefined, 'gone'],
    ['is another one of that name', job({}, { uid: 'another' }), 'gone'],
    [
      'is another controller’s',
      job({ managedBy: 'example.com/own' }),
      { obstacle: 'it is managed by example.com/own' },
    ],
    [
      'selects by expressions alone',
      job({ selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } }),
      { obstacle: 'it selects its Pods by no label that could be taken away' },
    ],
  ]
  for (const [what, found, result] of untouched) {
    it(`is left alone where its Job ${what}`, async () => {
      expect(await replace(found)).to.deep.equal({ result, written: [] })
    })
  }
})
