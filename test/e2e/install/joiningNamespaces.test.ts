import { setTimeout as pause } from 'node:timers/promises'
import { ApiException, CoreV1Api, KubeConfig, V1Pod } from '@kubernetes/client-node'
import { expect } from 'chai'
import { required } from '../support/cluster.ts'
import { waitFor } from '../support/wait.ts'
import { appSlug, pullSecret } from './support/accounts.ts'
import { app, elsewhere, otherApp, release as shared, useInstallation } from './support/installation.ts'
import { createNamespaces } from './support/namespaces.ts'
import { deploy, remove, type Release } from './support/release.ts'
import { podsOf, sleeping } from './support/workloads.ts'

const image = 'quay.io/my-org/wider:1'
const proxied = `proxy.replicated.com/proxy/${appSlug}/${image}`
const release: Release = { name: 'wider', namespace: 'wider-system' }
const namespace = 'joining'
/** Those that are not held by a scheduling gate. */
const scheduled = 50
/** Milliseconds between two Pods. */
const interval = 30

describe('an upgrade from a list of namespaces to all of them, while Pods are created in one that joins', function () {
  this.timeout(180_000)
  const world = useInstallation()
  /** The Pods that are held, as they were stored, in order. */
  const held: { readonly name: string; readonly image: string }[] = []
  let refusals: readonly string[]

  before(async () => {
    await world().scene.push(image)
    await createNamespaces(world(), [release.namespace, namespace])
    await deploy(world(), 'install', release)
    refusals = await createPodsDuring(async () => {
      const excludedNamespaces = [app, otherApp, elsewhere, shared.namespace]
      const values = { additionalNamespaces: ['*'], excludedNamespaces, rbac: { scope: 'cluster' } }
      await deploy(world(), 'upgrade', release, { values })
    })
  })
  after(async () => {
    await world().cluster.kubectl(['delete', 'namespace', namespace, '--wait=false'])
    await remove(world(), release)
  })

  /** @returns what the API server answered to those that it did not store */
  async function createPodsDuring(action: () => Promise<void>): Promise<readonly string[]> {
    const config = new KubeConfig()
    config.loadFromFile(required(world().cluster.env, 'KUBECONFIG'))
    const client = config.makeApiClient(CoreV1Api)
    const refused: string[] = []
    let acting = true

    async function create(isHeld: boolean): Promise<void> {
      const gates = isHeld ? { schedulingGates: [{ name: 'example.com/never' }] } : {}
      const spec = sleeping({ main: image }, { imagePullSecrets: [{ name: pullSecret }], ...gates })
      const metadata = { generateName: 'stream-', labels: { app: isHeld ? 'held' : 'scheduled' } }
      const stored = await client.createNamespacedPod({
        namespace,
        body: Object.assign(new V1Pod(), { metadata, spec }),
      })
      if (isHeld) held.push({ name: stored.metadata?.name ?? '', image: stored.spec?.containers[0]?.image ?? '' })
    }
    async function keepCreating(): Promise<void> {
      for (let count = 0; acting || count < 2 * scheduled; count++) {
        const isHeld = count % 2 === 1 || count >= 2 * scheduled
        await create(isHeld).catch((error: unknown) => {
          if (!(error instanceof ApiException)) throw error
          refused.push(String(error))
        })
        await pause(interval)
      }
    }

    const creating = keepCreating()
    try {
      await action()
    } finally {
      acting = false
      await creating
    }
    return refused
  }

  it('refuses no Pod', () => {
    expect(refusals).to.deep.equal([])
  })

  it('patches every Pod from the first one on that it patches', () => {
    const images = held.map(({ image }) => image)
    expect(new Set(images.slice(images.indexOf(proxied)))).to.deep.equal(new Set([proxied]))
  })

  it('has those run that came before, and all others', async () => {
    await waitFor(
      'all scheduled Pods to run',
      async () => {
        const running = (await podsOf(world(), namespace, 'scheduled')).filter(({ spec, status }) => {
          return status?.containerStatuses?.[0]?.state?.running !== undefined && spec?.containers[0]?.image === proxied
        })
        return running.length === scheduled
      },
      { seconds: 90 },
    )
  })

  it('has one run that came before, and was held by a scheduling gate meanwhile, once the gate is gone', async () => {
    const { name = '' } = held.find(({ image }) => image !== proxied) ?? {}
    const kubectl = (...args: readonly string[]) => world().cluster.kubectl([`--namespace=${namespace}`, ...args])
    const gates = JSON.stringify([{ op: 'remove', path: '/spec/schedulingGates' }])
    await kubectl('patch', 'pod', name, '--type=json', `--patch=${gates}`)
    await waitFor(
      `the Pod ${name} to run`,
      async () => {
        const { spec, status } = JSON.parse((await kubectl('get', 'pod', name, '--output=json')).stdout) as V1Pod
        return status?.phase === 'Running' && spec?.containers[0]?.image === proxied
      },
      { seconds: 60 },
    )
  })

  it('has the pull secret copied to the namespace', async () => {
    await world().cluster.kubectl(['get', 'secret', pullSecret, `--namespace=${namespace}`])
  })
})
