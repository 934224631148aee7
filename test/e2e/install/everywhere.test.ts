import { expect } from 'chai'
import { loadAuthority } from '../../../testbed/certificates.ts'
import { stored } from '../support/pods.ts'
import { waitFor } from '../support/wait.ts'
import { appSlug } from './support/accounts.ts'
import { createPodsDuring } from './support/gatedPods.ts'
import { app, elsewhere, otherApp, release as shared, useInstallation } from './support/installation.ts'
import { inventory, untilAsBefore } from './support/inventory.ts'
import { createNamespaces } from './support/namespaces.ts'
import { deploy, remove, untilAnswered, type Release } from './support/release.ts'
import { pod, podsOf, untilRunning } from './support/workloads.ts'

const image = 'quay.io/my-org/everywhere:1'
const proxied = `proxy.replicated.com/proxy/${appSlug}/${image}`
const release: Release = { name: 'everywhere', namespace: 'everywhere-system', helm: 'helm4' }
const fullname = 'everywhere-image-proxy-webhook'
const [excluded, later] = ['kept-out', 'later'] as const

const values = {
  additionalNamespaces: ['*'],
  excludedNamespaces: [excluded, app, otherApp, elsewhere, shared.namespace],
  rbac: { scope: 'cluster' },
}

describe('a release for every namespace, with Helm 4', function () {
  this.timeout(120_000)
  const world = useInstallation()
  let previously: ReadonlySet<string>

  before(async () => {
    await world().scene.push(image)
    await createNamespaces(world(), [release.namespace, excluded])
    previously = await inventory(world())
    await deploy(world(), 'install', release, { values })
    await untilAnswered(world(), 'default')
  })

  after(() => world().cluster.kubectl(['delete', 'namespace', release.namespace, excluded, later, '--wait=false']))

  async function imageStoredIn(namespace: string): Promise<string | undefined> {
    await world().cluster.apply(JSON.stringify(pod('any', { main: image })), `--namespace=${namespace}`)
    return stored(await waitFor('the Pod', async () => (await podsOf(world(), namespace, 'any'))[0])).images['main']
  }

  it('has Pods run in a namespace that came after it', async () => {
    await createNamespaces(world(), [later])
    expect(await imageStoredIn(later)).to.equal(proxied)
    await untilRunning(world(), later, 'any')
  })

  it('leaves an excluded namespace alone', async () => {
    expect(await imageStoredIn(excluded)).to.equal(image)
  })

  it('takes a certificate of the customer in place of its own, and no Pod fails or is left unpatched meanwhile', async () => {
    const authority = await loadAuthority(world().cluster.script().registryAuthority)
    const names = [`${fullname}.${release.namespace}.svc`]
    const { cert, key } = await authority.issue({ names })
    const stringData = { 'tls.crt': cert, 'tls.key': key }
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { name: 'own-tls' },
      stringData,
    }
    await world().cluster.apply(JSON.stringify(secret), `--namespace=${release.namespace}`)
    const get = ['get', 'secret', `${fullname}-tls`, `--namespace=${release.namespace}`]
    const { stdout: ca } = await world().cluster.kubectl([...get, '--output=jsonpath={.data.ca\\.crt}'])
    // As the README says of a change without a gap, and of the conflict that Helm 4 sees.
    const caBundle = `${Buffer.from(ca, 'base64').toString()}\n${authority.certificate}`
    const tls = { mode: 'existingSecret', existingSecret: 'own-tls', caBundle }
    const args = ['--wait', '--timeout=90s', '--force-conflicts']

    const { images, refusals } = await createPodsDuring(world(), { namespace: later, image }, async () => {
      await deploy(world(), 'upgrade', release, { values: { ...values, tls }, args })
      await waitFor('the old Pods to be gone', async () => {
        const get = ['get', 'pods', `--namespace=${release.namespace}`, '--output=name']
        return (await world().cluster.kubectl(get)).stdout.trim().split('\n').length === 2
      })
    })

    expect(refusals).to.deep.equal([])
    expect([...images.keys()]).to.deep.equal([proxied])
  })

  it('leaves nothing behind when it is uninstalled, and Pods running', async () => {
    const running = await untilRunning(world(), later, 'any')
    await remove(world(), release)
    await world().cluster.kubectl(['delete', 'secret', 'own-tls', `--namespace=${release.namespace}`])
    const stays = [
      `Namespace <none> ${later}`,
      `ServiceAccount ${later} default`,
      `ConfigMap ${later} kube-root-ca.crt`,
      `Pod ${later} any`,
      `Pod ${excluded} any`,
    ]
    await untilAsBefore(world(), new Set([...previously, ...stays]))
    const { status } = await untilRunning(world(), later, 'any')
    expect(status?.containerStatuses).to.deep.equal(running.status?.containerStatuses)
  })
})
