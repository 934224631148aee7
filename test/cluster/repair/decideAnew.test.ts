import { expect } from 'chai'
import type { Admission, Admitted } from '../../../src/admission/admission.ts'
import { decideAnew } from '../../../src/cluster/repair/decideAnew.ts'
import { readWaitingPod } from '../../../src/cluster/repair/waitingPod.ts'
import { podObject } from '../../support/podObjects.ts'

describe('What would be done with a Pod that waits, if it were created now,', () => {
  /** What the admission is asked, and what is made of its answer. */
  async function decided(result: Admitted['result']) {
    const pod = readWaitingPod(podObject({}))
    if (pod === undefined) throw new Error('it waits for no image')
    const admitted: Admitted = { result, images: [], patch: [], warnings: [] }
    const asked: Parameters<Admission['admit']>[] = []
    const admit: Admission['admit'] = (...question) => {
      asked.push(question)
      return admitted
    }
    return { pod, asked, admitted, answer: await decideAnew({ admit }, pod, 20_000, 7) }
  }

  it('is what an admission says of its creation', async () => {
    const { asked, answer, admitted, pod } = await decided('patched')
    expect(answer).to.equal(admitted)
    expect(asked[0]?.[0]).to.include({ operation: 'CREATE', kind: 'Pod', namespace: pod.namespace, uid: pod.uid })
  })

  it('is asked as a dry run, which writes nothing into the cluster', async () => {
    const { asked } = await decided('patched')
    expect(asked[0]?.[0].dryRun).to.be.true
  })

  it('is decided within the deadline, by answers of registries that are young enough', async () => {
    const { asked } = await decided('patched')
    expect(asked.map(([, ...limits]) => limits)).to.deep.equal([[20_000, 7]])
  })

  it('is not known while an admission could decide nothing, as without a license', async () => {
    expect((await decided('not-ready')).answer).to.be.undefined
  })
})
