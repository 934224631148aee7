import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { stored } from '../support/pods.ts'
import { waitFor } from '../support/wait.ts'
import { appSlug } from './support/accounts.ts'
import { playCertManager, type CertManager } from './support/certManager.ts'
import { createNamespaces } from './support/namespaces.ts'
import { deploy, remove, untilAnswered } from './support/release.ts'
import { servedSerial, type Webhook } from './support/webhook.ts'
import { pod, podsOf } from './support/workloads.ts'
import { world as build, type World } from './support/world.ts'

const image = 'quay.io/my-org/certified:1'
const proxied = `proxy.replicated.com/proxy/${appSlug}/${image}`
const release = { name: 'certified', namespace: 'certified-system' }
const webhook: Webhook = { fullname: 'certified-image-proxy-webhook', namespace: release.namespace }
const app = 'certified-app'
const values = {
  additionalNamespaces: [app],
  replicaCount: 1,
  preStopSleepSeconds: 0,
  tls: { mode: 'cert-manager' },
}

const crds = ['certificates', 'issuers'].map((name) => {
  return `--filename=${fileURLToPath(new URL(`../../fixtures/crds/${name}.yaml`, import.meta.url))}`
})

describe('with a certificate of cert-manager, the webhook', function () {
  this.timeout(120_000)
  let world: World
  let certManager: CertManager
  const kubectl = async (...args: readonly string[]) =>
    (await world.cluster.kubectl([`--namespace=${release.namespace}`, ...args])).stdout
  const podsOfWebhook = () =>
    kubectl('get', 'pods', '--output=custom-columns=:.metadata.name,:.status.containerStatuses[*].restartCount')

  async function imageStored(name: string): Promise<string | undefined> {
    await world.cluster.apply(JSON.stringify(pod(name, { main: image })), `--namespace=${app}`)
    const [created] = await podsOf(world, app, name)
    return created && stored(created).images['main']
  }

  before(async function () {
    this.timeout(300_000)
    world = await build()
    certManager = playCertManager(world, release.namespace)
    await world.scene.push(image)
    await createNamespaces(world, [release.namespace, app])
    await kubectl('create', ...crds)
    await kubectl('wait', '--for=condition=Established', ...crds)
    await deploy(world, 'install', release, { values, args: [] })
  })

  after(async () => {
    await remove(world, release)
    await kubectl('delete', ...crds)
    await kubectl('delete', 'namespace', release.namespace, app, '--wait=false')
  })

  it('starts and patches Pods as soon as the certificate is issued, and its CA injected', async () => {
    expect(await kubectl('get', 'pods', '--output=jsonpath={.items[*].status.containerStatuses[*].started}')).to.equal(
      'false',
    )
    await certManager.issue()
    await certManager.inject(webhook.fullname)
    await kubectl('rollout', 'status', `deployment/${webhook.fullname}`, '--timeout=60s')
    await untilAnswered(world, app)
    expect(await imageStored('first')).to.equal(proxied)
  })

  it('serves a renewed certificate without a restart', async () => {
    const before = { serial: await servedSerial(world, webhook), pods: await podsOfWebhook() }
    await certManager.issue()
    await waitFor('another serial', async () => (await servedSerial(world, webhook)) !== before.serial)
    expect(await podsOfWebhook()).to.equal(before.pods)
    expect(await imageStored('second')).to.equal(proxied)
  })
})
