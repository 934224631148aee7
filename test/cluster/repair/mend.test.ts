import { expect } from 'chai'
import type { PullSecretState } from '../../../src/admission/admission.ts'
import { createBudget } from '../../../src/cluster/repair/budget.ts'
import { readCoverage } from '../../../src/cluster/repair/coverage.ts'
import { createMend, type MendOptions } from '../../../src/cluster/repair/mend.ts'
import type { RepairOutcome } from '../../../src/cluster/repair/outcome.ts'
import { createOwners } from '../../../src/cluster/repair/owners.ts'
import type { Written } from '../../../src/cluster/repair/repairApi.ts'
import { readWaitingPod, releasedByUs, type WaitingPod } from '../../../src/cluster/repair/waitingPod.ts'
import { ApiError } from '../../../src/kubernetes/apiError.ts'
import { createClock } from '../../support/clock.ts'
import { podObject, type PodOptions } from '../../support/podObjects.ts'

const location = 'proxy.replicated.com/proxy/my-app/quay.io/my-org/api:1'

function waitingPod(options: PodOptions = {}): WaitingPod {
  const pod = readWaitingPod(podObject(options))
  if (pod === undefined) throw new Error('it waits for no image')
  return pod
}

describe('What is done about one Pod that waits', () => {
  function scene(options: Partial<MendOptions> & { deleted?: () => Promise<Written> } = {}) {
    const clock = createClock()
    const budget = createBudget(20, clock.now)
    const owners = createOwners(clock.now)
    const outcomes: RepairOutcome[] = []
    const deleted: string[] = []
    const mend = createMend({
      api: {
        pod: () => Promise.resolve(undefined),
        patchPod: () => Promise.resolve('done'),
        releasePod: () => Promise.resolve({ resourceVersion: '8' }),
        job: () =>
          Promise.resolve({ metadata: { uid: 'uid-of-api' }, spec: { template: {}, managedBy: 'example.com/own' } }),
        deletePod: ({ name }) => {
          deleted.push(name)
          return options.deleted?.() ?? Promise.resolve('done')
        },
      },
      namespaceOf: () => Promise.resolve({ labels: {}, isTerminating: false }),
      coverage: () => readCoverage([{}]),
      terms: () => ({ pullSecret: 'my-app-registry', appSlug: 'my-app' }),
      decide: ({ summary }) =>
        Promise.resolve({
          images: summary.images.map(({ name, image }) => ({
            name,
            decision: { image, action: 'rewrite', reason: 'rule', location } as const,
          })),
          patch: [{}],
        }),
      ensurePullSecret: () => Promise.resolve('current'),
      mayChange: true,
      isServing: () => true,
      probe: { isAsked: () => Promise.resolve(true) },
      owners,
      budget,
      tell: (outcome) => outcomes.push(outcome),
      ...options,
    })
    return { mend: (pod = waitingPod()) => mend(pod, { since: 0, patches: 0 }), budget, owners, outcomes, deleted }
  }

  it('is its deletion, of which one is taken from the budget', async () => {
    const { mend, budget, deleted } = scene()
    expect(await mend()).to.equal('done')
    expect([deleted, budget.left()]).to.deep.equal([['api-1'], 59])
  })

  it('is nothing where Pods are not to be changed', async () => {
    const { mend, deleted, outcomes } = scene({ mayChange: false })
    expect([await mend(), deleted, outcomes]).to.deep.equal(['done', [], []])
  })

  it('is nothing in a namespace that is going away', async () => {
    const { mend, deleted } = scene({ namespaceOf: () => Promise.resolve({ labels: {}, isTerminating: true }) })
    expect([await mend(), deleted]).to.deep.equal(['done', []])
  })

  it('takes nothing from the budget, and leaves its owner free, where the Pod was another one by then', async () => {
    const { mend, budget, owners, outcomes } = scene({ deleted: () => Promise.resolve('changed') })
    const pod = waitingPod()
    expect(await mend(pod)).to.equal('again')
    expect(budget.left()).to.equal(60)
    expect(pod.owner && owners.permission(pod.owner)).to.equal('free')
    expect(outcomes).to.be.empty
  })

  it('takes nothing from the budget, and leaves its owner free, where the API server refuses', async () => {
    const { mend, budget, owners } = scene({ deleted: () => Promise.reject(new ApiError('forbidden', 403)) })
    const pod = waitingPod()
    expect(await mend(pod).catch(() => 'rejected')).to.equal('rejected')
    expect(budget.left()).to.equal(60)
    expect(pod.owner && owners.permission(pod.owner)).to.equal('free')
  })

  it('takes nothing from the budget where it must not be taken out of its Job', async () => {
    const { mend, budget, outcomes } = scene()
    expect(await mend(waitingPod({ owner: 'Job', apiVersion: 'batch/v1' }))).to.equal('again')
    expect(budget.left()).to.equal(60)
    expect(outcomes.map(({ note }) => note).join()).to.include('since it is managed by example.com/own')
  })

  it('is its deletion where a leader that died has taken it out of its Job', async () => {
    const { mend, outcomes, deleted } = scene()
    const left = waitingPod({ owner: '', metadata: { annotations: { [releasedByUs]: 'uid-of-import' } } })
    expect([await mend(left), deleted]).to.deep.equal(['done', ['api-1']])
    expect(outcomes.map(({ result }) => result)).to.deep.equal(['resumed'])
  })

  it('is no word of a deletion where somebody else has deleted it since it was taken out of its Job', async () => {
    const { mend, outcomes } = scene({ deleted: () => Promise.resolve('gone') })
    const left = waitingPod({ owner: '', metadata: { annotations: { [releasedByUs]: 'uid-of-import' } } })
    expect([await mend(left), outcomes]).to.deep.equal(['done', []])
  })

  const secretStates: readonly PullSecretState[] = ['pending', 'failed', 'unavailable']
  for (const state of secretStates) {
    it(`is nothing for now while the pull secret that the new Pod needs is ${state}`, async () => {
      const { mend, deleted } = scene({ ensurePullSecret: () => Promise.resolve(state) })
      expect([await mend(), deleted]).to.deep.equal(['again', []])
    })
  }

  it('is put off, without an Event, until the API server asks the webhook', async () => {
    const { mend, deleted, outcomes } = scene({ probe: { isAsked: () => Promise.resolve(false) } })
    expect([await mend(), deleted, outcomes]).to.deep.equal(['held', [], []])
  })

  it('is put off until the budget allows it', async () => {
    const { mend, budget, deleted } = scene()
    while (budget.take());
    expect([await mend(), deleted]).to.deep.equal(['held', []])
  })

  it('is nothing while nobody knows what the webhook covers, or by what it decides', async () => {
    expect(await scene({ coverage: () => undefined }).mend()).to.equal('again')
    expect(await scene({ terms: () => undefined }).mend()).to.equal('again')
  })
})
