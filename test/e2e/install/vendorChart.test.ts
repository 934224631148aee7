import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import type { V1Job, V1Pod } from '@kubernetes/client-node'
import { stored } from '../support/pods.ts'
import { waitFor } from '../support/wait.ts'
import { appSlug, pullSecret } from './support/accounts.ts'
import { app, useInstallation } from './support/installation.ts'
import { createNamespaces } from './support/namespaces.ts'
import { remove } from './support/release.ts'
import { repairsIn, untilWaiting } from './support/repairs.ts'
import { installVendorChart } from './support/vendorChart.ts'
import { sleeping, templateOf } from './support/workloads.ts'

const image = 'quay.io/my-org/vendors:1'
const proxied = `proxy.replicated.com/proxy/${appSlug}/${image}`
const release = { name: 'vendor', namespace: 'vendors-app' }
const hooked = { name: 'hooked', namespace: 'vendors-hook' }

const runs = sleeping({ main: image })
const workload = (kind: string, name: string, replicas: number, spec = runs) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name },
  spec: {
    ...(kind !== 'DaemonSet' && { replicas }),
    ...(kind === 'StatefulSet' && { serviceName: name }),
    ...templateOf(name, spec),
  },
})
const once = { containers: [{ name: 'main', image, command: ['true'] }], restartPolicy: 'Never' }
const job = (name: string, annotations = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, annotations },
  spec: { backoffLimit: 0, template: templateOf(name, once).template },
})

/** Sixty Pods: those of `named` and of `cache` name the pull secret. */
const naming = sleeping({ main: image }, { imagePullSecrets: [{ name: pullSecret }] })
const application = [
  workload('Deployment', 'web', 15),
  workload('Deployment', 'api', 15),
  workload('Deployment', 'worker', 8),
  workload('Deployment', 'named', 8, naming),
  workload('Deployment', 'cache', 8, naming),
  workload('StatefulSet', 'db', 4),
  workload('DaemonSet', 'agent', 1),
  job('migrate'),
]
const pods = 60

describe('a vendor’s chart with a private image', function () {
  this.timeout(150_000)
  const world = useInstallation()
  const kubectl = (namespace: string, ...args: readonly string[]) =>
    world().cluster.kubectl([`--namespace=${namespace}`, ...args])
  async function list<T>(namespace: string, kind: string): Promise<T[]> {
    return (JSON.parse((await kubectl(namespace, 'get', kind, '--output=json')).stdout) as { items: T[] }).items
  }

  before(async () => {
    await world().scene.push(image)
    await createNamespaces(world(), [release.namespace, hooked.namespace])
  })
  after(() => world().cluster.kubectl(['delete', 'namespace', release.namespace, hooked.namespace, '--wait=false']))

  describe('that has the webhook inside and the application before it', () => {
    let returned = 0

    before(async () => {
      // The application is there a second before: nobody can be asked about it.
      const items = application.map((object) => {
        const labels = { 'app.kubernetes.io/managed-by': 'Helm' }
        const annotations = {
          'meta.helm.sh/release-name': release.name,
          'meta.helm.sh/release-namespace': release.namespace,
        }
        return { ...object, metadata: { ...object.metadata, labels, annotations } }
      })
      await world().cluster.apply(
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
        `--namespace=${release.namespace}`,
      )
      await pause(1000)
      await installVendorChart(world(), release, { objects: application, withWebhook: true })
      returned = Date.now()
    })
    after(() => remove(world(), release))

    it('has all of its sixty Pods run within a minute of helm install, with no other step', async () => {
      const isDone = ({ status }: V1Pod): boolean =>
        status?.phase === 'Succeeded' || (status?.containerStatuses?.every(({ state }) => state?.running) ?? false)
      const running = await waitFor(
        'all Pods to run',
        async () => {
          const found = (await list<V1Pod>(release.namespace, 'pods')).filter(
            ({ spec }) => spec?.containers[0]?.name === 'main',
          )
          return found.length === pods && found.every(isDone) && found
        },
        { seconds: 60 },
      )
      expect(Date.now() - returned).to.be.below(60_000)
      expect(new Set(running.map((pod) => stored(pod).images['main']))).to.deep.equal(new Set([proxied]))
    })

    it('has its Job complete without a failure', async () => {
      const migrate = await waitFor('the Job to complete', async () => {
        const [only] = await list<V1Job>(release.namespace, 'jobs')
        return only?.status?.succeeded === 1 && only
      })
      expect(migrate.status?.failed ?? 0).to.equal(0)
    })

    it('keeps the Pods that name the pull secret, and changes them where they are', async () => {
      const events = await list<{ reason: string; regarding?: object; message: string }>(release.namespace, 'events')
      const notes = events.filter(({ reason }) => reason === 'ImageRepaired').map(({ message }) => message)
      expect(notes.some((note) => note.startsWith('Pod named-') && note.endsWith('it pulls from the proxy now'))).to.be
        .true
    })
  })

  describe('in a pre-install hook', () => {
    const objects = [job('prepare', { 'helm.sh/hook': 'pre-install' })]

    it('fails the installation where the webhook is in the same chart', async () => {
      const failure = await installVendorChart(world(), hooked, {
        objects,
        withWebhook: true,
        args: ['--timeout=10s'],
      }).then(() => '', String)
      expect(failure).to.match(/pre-install/)
      await untilWaiting(world(), hooked.namespace, 'prepare')
    })

    it('runs where the webhook is a release of its own', async () => {
      await installVendorChart(
        world(),
        { ...hooked, namespace: app },
        { objects, withWebhook: false, args: ['--timeout=60s'] },
      )
      await remove(world(), { ...hooked, namespace: app })
    })
  })

  describe('in a post-install hook, where the webhook in the same chart is ready long after it serves', function () {
    const post = { ...hooked, name: 'post-hooked' }
    let completed = 0

    before(async () => {
      const objects = [job('seed', { 'helm.sh/hook': 'post-install' })]
      const values = { readinessProbe: { initialDelaySeconds: 15, periodSeconds: 2 } }
      await installVendorChart(world(), post, { objects, withWebhook: true, values, args: ['--timeout=100s'] })
      completed = Date.now()
    })
    after(() => remove(world(), post))

    it('runs within a minute of its being ready', async () => {
      const webhooks = (await list<V1Pod>(post.namespace, 'pods')).filter(({ metadata }) =>
        metadata?.name?.startsWith('post-hooked'),
      )
      const readySince = webhooks.map(({ status }) => {
        const ready = status?.conditions?.find(({ type }) => type === 'Ready')
        return new Date(ready?.lastTransitionTime ?? '').getTime()
      })
      expect(completed - Math.min(...readySince)).to.be.within(0, 60_000)
    })

    it('is made anew once, and not before the API server asks the webhook', async () => {
      const ofJob = (await repairsIn(world(), post)).filter(({ owner }) => owner === 'Job/seed')
      expect(ofJob.map(({ result }) => result)).to.deep.equal(['resumed'])
    })
  })
})
