import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import type { V1Pod } from '@kubernetes/client-node'
import { stored } from '../support/pods.ts'
import { waitFor } from '../support/wait.ts'
import { appSlug, pullSecret } from './support/accounts.ts'
import { app, elsewhere, useInstallation } from './support/installation.ts'
import { pod, podsOf, sleeping, templateOf, untilRunning } from './support/workloads.ts'

const image = 'quay.io/my-org/kinds:1'
const proxied = (written: string) => `proxy.replicated.com/proxy/${appSlug}/${written}`

const jobSpec = (name: string) => ({
  template: templateOf(name, sleeping({ main: image }, { restartPolicy: 'Never' })).template,
})

/** Each with Pods that carry its name as their label `app`. */
const workloads = {
  job: { apiVersion: 'batch/v1', kind: 'Job', spec: jobSpec('job') },
  cronjob: {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: jobSpec('cronjob') } },
  },
  daemonset: { apiVersion: 'apps/v1', kind: 'DaemonSet', spec: templateOf('daemonset', sleeping({ main: image })) },
  statefulset: {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    spec: { serviceName: 'statefulset', ...templateOf('statefulset', sleeping({ main: image })) },
  },
  pod: { apiVersion: 'v1', kind: 'Pod', ...labelled('pod'), spec: sleeping({ main: image }) },
}

function labelled(app: string, labels: object = {}) {
  return { metadata: { name: app, labels: { app, ...labels } } }
}

describe('with a private image', function () {
  this.timeout(120_000)
  const world = useInstallation()

  const apply = (object: object, namespace: string = app) =>
    world().cluster.apply(JSON.stringify(object), `--namespace=${namespace}`)
  const kubectl = (...args: readonly string[]) => world().cluster.kubectl([`--namespace=${app}`, ...args])
  const storedPod = async (name: string, namespace: string = app) => stored(await onlyPod(name, namespace))
  const onlyPod = (name: string, namespace: string): Promise<V1Pod> =>
    waitFor(`the Pod of ${name}`, async () => (await podsOf(world(), namespace, name))[0])

  before(() => world().scene.push(image))

  describe('a Pod runs that was made by', () => {
    before(async () => {
      const items = Object.entries(workloads).map(([name, workload]) => ({ metadata: { name }, ...workload }))
      await apply({ apiVersion: 'v1', kind: 'List', items })
      await kubectl('create', 'job', 'by-hand', '--from=cronjob/cronjob')
    })
    for (const [name, { kind }] of Object.entries(workloads)) {
      it(kind === 'Pod' ? 'a person' : `a ${kind}`, async () => {
        const { images, pullSecrets } = stored(await untilRunning(world(), app, name))
        expect({ images, pullSecrets }).to.deep.equal({ images: { main: proxied(image) }, pullSecrets: [pullSecret] })
      })
    }
  })

  it('an init container and a sidecar run', async () => {
    await world().scene.push('quay.io/my-org/init:1')
    await world().scene.push('quay.io/my-org/sidecar:1')
    const initContainers = [
      { name: 'init', image: 'quay.io/my-org/init:1', command: ['true'] },
      { name: 'sidecar', image: 'quay.io/my-org/sidecar:1', command: ['sleep', '3600'], restartPolicy: 'Always' },
    ]
    await apply(pod('with-sidecar', { main: image }, { initContainers }))
    expect(stored(await untilRunning(world(), app, 'with-sidecar')).images).to.deep.equal({
      init: proxied('quay.io/my-org/init:1'),
      sidecar: proxied('quay.io/my-org/sidecar:1'),
      main: proxied(image),
    })
  })

  it('kubectl debug runs an ephemeral container', async () => {
    await world().scene.push('quay.io/my-org/debug-tools:2')
    await apply(pod('debugged', { main: image }))
    await untilRunning(world(), app, 'debugged')
    const debug = ['--image=quay.io/my-org/debug-tools:2', '--container=debugger', '--profile=general']
    await kubectl('debug', 'debugged', ...debug, '--', 'sleep', '3600')
    const running = await waitFor('the ephemeral container to run', async () => {
      const { spec, status } = await onlyPod('debugged', app)
      return status?.ephemeralContainerStatuses?.[0]?.state?.running && spec?.ephemeralContainers?.[0]
    })
    expect(running.image).to.equal(proxied('quay.io/my-org/debug-tools:2'))
  })

  it('an image volume is stored as one of the proxy', async () => {
    const volumes = [{ name: 'data', image: { reference: image } }]
    await apply(pod('with-volume', { main: image }, { volumes, schedulingGates: [{ name: 'example.com/never' }] }))
    expect((await storedPod('with-volume')).images).to.deep.equal({
      main: proxied(image),
      'volume/data': proxied(image),
    })
  })

  it("a Pod keeps its service account's own pull secrets", async () => {
    await apply({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'with-secrets' },
      imagePullSecrets: [{ name: 'of-the-account' }],
    })
    await apply(pod('of-account', { main: image }, { serviceAccountName: 'with-secrets' }))
    expect(stored(await untilRunning(world(), app, 'of-account')).pullSecrets).to.deep.equal([
      'of-the-account',
      pullSecret,
    ])
  })

  describe('nothing is changed in', () => {
    const untouched = { images: { main: image }, pullSecrets: [], originals: undefined }

    it('a static Pod', async () => {
      const file = join(world().cluster.script().staticPods, 'static.yaml')
      const { metadata, ...rest } = pod('static', { main: image })
      await writeFile(file, JSON.stringify({ ...rest, metadata: { ...metadata, namespace: app } }))
      try {
        expect(await storedPod('static')).to.deep.equal(untouched)
      } finally {
        await rm(file)
      }
    })

    it('a Pod that is labelled so', async () => {
      await apply({
        ...pod('ignored', { main: image }),
        ...labelled('ignored', { 'image-proxy-webhook/ignore': 'true' }),
      })
      expect(await storedPod('ignored')).to.deep.equal(untouched)
    })

    it('a Pod in another namespace', async () => {
      await apply(pod('elsewhere', { main: image }), elsewhere)
      expect(await storedPod('elsewhere', elsewhere)).to.deep.equal(untouched)
    })
  })
})
