import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import type { V1ConfigMap, V1Job, V1Pod } from '@kubernetes/client-node'
import { stored } from '../support/pods.ts'
import { waitFor } from '../support/wait.ts'
import { appSlug, pullSecret } from './support/accounts.ts'
import { app, elsewhere, release, useInstallation } from './support/installation.ts'
import { repairsIn, scaleWebhook } from './support/repairs.ts'
import { pod, podsOf, sleeping, templateOf, untilRunning } from './support/workloads.ts'

const image = 'quay.io/my-org/waiting:1'
const proxied = `proxy.replicated.com/proxy/${appSlug}/${image}`
const theirs = 'quay.io/their-org/waiting:1'

/** Pulls its image and ends. */
const ending = { containers: [{ name: 'main', image, command: ['true'] }], restartPolicy: 'Never' }
const replicas = { replicas: 2 }

function job(name: string, backoffLimit: number, further: object = {}) {
  const spec = { backoffLimit, ...further, template: templateOf(name, ending).template }
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec }
}

/** Any Pod of it that fails, or is disrupted, fails the Job. */
const strict = {
  completionMode: 'Indexed',
  completions: 3,
  parallelism: 3,
  podFailurePolicy: {
    rules: [
      { action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      { action: 'FailJob', onExitCodes: { operator: 'NotIn', values: [0] } },
    ],
  },
}

const workloads = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'late-deployment' },
    spec: { ...replicas, ...templateOf('late-deployment', sleeping({ main: image })) },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'late-statefulset' },
    spec: { serviceName: 'x', ...templateOf('late-statefulset', sleeping({ main: image })) },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'late-daemonset' },
    spec: templateOf('late-daemonset', sleeping({ main: image })),
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'late-cronjob' },
    spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: job('late-cronjob', 6).spec } },
  },
  job('late-job', 0),
  job('late-job-of-six', 6),
  job('late-indexed', 0, strict),
  pod('late-pod', { main: image }),
  pod('late-named', { main: image }, { imagePullSecrets: [{ name: pullSecret }] }),
  pod('late-theirs', { main: theirs }, { imagePullSecrets: [{ name: 'their-own' }] }),
] as const

/** Milliseconds for which no replica of the webhook is there. */
const absence = 30_000

describe('while the webhook was away for half a minute, Pods were created, and', function () {
  this.timeout(150_000)
  const world = useInstallation()
  /** When its Deployment was scaled up again. */
  let back = 0
  let earlier: readonly V1Pod[]

  const kubectl = (...args: readonly string[]) => world().cluster.kubectl([`--namespace=${app}`, ...args])
  async function get<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse((await kubectl('get', ...args, '--output=json')).stdout) as T
  }
  const jobs = async () =>
    (await get<{ items: V1Job[] }>('jobs')).items.filter(({ metadata }) => metadata?.name?.startsWith('late-'))

  /** A Pod with an owner that makes no other one, for which nobody else must wait. */
  async function childless(): Promise<object> {
    const [kind, name] = ['ConfigMap', 'kube-root-ca.crt'] as const
    const { metadata } = await get<V1ConfigMap>(kind, name)
    const ownerReferences = [{ apiVersion: 'v1', kind, name, uid: metadata?.uid, controller: true }]
    const { metadata: own, ...rest } = pod('a-childless', { main: image })
    return { ...rest, metadata: { ...own, ownerReferences } }
  }

  before(async () => {
    await world().scene.push(image)
    await scaleWebhook(world(), release, 0)
    const gone = Date.now()
    await world().cluster.apply(JSON.stringify(await childless()), `--namespace=${app}`)
    await world().cluster.apply(
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: workloads }),
      `--namespace=${app}`,
    )
    await kubectl('create', 'job', 'late-by-cronjob', '--from=cronjob/late-cronjob')
    await world().cluster.apply(JSON.stringify(pod('late-elsewhere', { main: image })), `--namespace=${elsewhere}`)
    earlier = [...(await podsOf(world(), app, 'late-pod')), ...(await podsOf(world(), app, 'late-theirs'))]
    await pause(gone + absence - Date.now())
    back = Date.now()
    await scaleWebhook(world(), release, 2)
  })
  after(async () => {
    await kubectl('delete', 'cronjob', 'late-cronjob')
    await kubectl('delete', 'deployment,statefulset,daemonset,job,pod', '--all', '--wait=false')
  })

  const runs = {
    deployment: 'a Deployment’s Pod',
    statefulset: 'a StatefulSet’s Pod',
    daemonset: 'a DaemonSet’s Pod',
    named: 'a Pod that nobody owns and that names the pull secret',
  }
  for (const [name, which] of Object.entries(runs)) {
    it(`${which} runs within a minute of its return`, async () => {
      const running = await untilRunning(world(), app, `late-${name}`, 60)
      expect(stored(running).images).to.deep.equal({ main: proxied })
      expect(Date.now() - back).to.be.below(60_000)
    })
  }

  it('both Pods of the Deployment run within a minute of its return', async () => {
    await waitFor('both', async () => (await podsOf(world(), app, 'late-deployment')).length === 2)
    await kubectl('rollout', 'status', 'deployment/late-deployment', '--timeout=30s')
    expect(Date.now() - back).to.be.below(60_000)
  })

  it('Jobs complete within a minute of its return, and none of their Pods counts as failed', async () => {
    const isComplete = ({ status }: V1Job) => status?.conditions?.some(({ type }) => type === 'Complete') ?? false
    await waitFor('the Jobs', async () => (await jobs()).every(isComplete), { seconds: 60 })
    expect(Date.now() - back).to.be.below(60_000)
    expect((await jobs()).map(({ status }) => status?.failed ?? 0)).to.deep.equal((await jobs()).map(() => 0))
    expect((await jobs()).map(({ metadata }) => metadata?.name)).to.include.members([
      'late-job',
      'late-job-of-six',
      'late-indexed',
      'late-by-cronjob',
    ])
  })

  it('a Pod that nothing makes anew waits on, and its Event says what to do', async () => {
    const event = await waitFor(
      'the Event',
      async () => {
        const events = await get<{ items: { reason: string; message: string }[] }>(
          'events',
          '--field-selector=involvedObject.name=late-pod',
        )
        return events.items.find(({ reason }) => reason === 'ImageNotRepaired')
      },
      { seconds: 60 },
    )
    expect(event.message).to.match(/nothing makes it anew: delete and create it again, or name that secret/)
  })

  it('no Pod was touched that the webhook would not change, or could not', async () => {
    const after = [...(await podsOf(world(), app, 'late-pod')), ...(await podsOf(world(), app, 'late-theirs'))]
    const identity = (pods: readonly V1Pod[]) => pods.map((pod) => [pod.metadata?.uid, stored(pod)])
    expect(identity(after)).to.deep.equal(identity(earlier))
    const [other] = await podsOf(world(), elsewhere, 'late-elsewhere')
    expect(other && stored(other).images).to.deep.equal({ main: image })
  })

  it('each was mended once, by one of the two replicas', async () => {
    const repairs = await repairsIn(world(), release)
    const mended = repairs
      .filter(({ result }) => ['patched', 'replaced', 'resumed'].includes(result))
      .map(({ pod }) => pod)
    expect(mended.length).to.be.at.least(7)
    expect(new Set(mended).size).to.equal(mended.length)
  })
})
