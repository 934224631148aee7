import { expect } from 'chai'
import { stored } from '../support/pods.ts'
import { waitFor } from '../support/wait.ts'
import { appSlug, licenseFile } from './support/accounts.ts'
import { useInstallation } from './support/installation.ts'
import { createNamespaces } from './support/namespaces.ts'
import { deploy, remove } from './support/release.ts'
import { readiness, type Webhook } from './support/webhook.ts'
import { pod, podsOf } from './support/workloads.ts'

const image = 'quay.io/my-org/unlicensed:1'
const release = { name: 'unlicensed', namespace: 'unlicensed-system' }
const name = 'unlicensed-image-proxy-webhook'
const webhook: Webhook = { fullname: name, namespace: release.namespace }
const app = 'unlicensed-app'

const values = { appSlug, additionalNamespaces: [app], replicaCount: 1 }
const otherKind = JSON.stringify({ apiVersion: 'kots.io/v1beta1', kind: 'Config', spec: { licenseID: 'x', appSlug } })

/** What the Secret of the license holds → what is said about it. */
const spoiled: readonly { readonly license: string; readonly data: Record<string, string>; readonly word: string }[] = [
  { license: 'of another kind', data: { 'license.yaml': otherKind }, word: 'is no License of kots.io/v1beta1' },
  { license: 'that is empty', data: { 'license.yaml': '' }, word: 'is empty or no YAML mapping' },
  { license: 'that is no YAML', data: { 'license.yaml': '{' }, word: 'is no valid YAML' },
  { license: 'without an id', data: { 'license.yaml': licenseFile('') }, word: 'license id is empty' },
  { license: 'that is no dockerconfigjson', data: { '.dockerconfigjson': 'text' }, word: 'is no JSON object' },
  { license: 'under a key that nobody knows', data: { licence: 'x' }, word: 'has none of the keys' },
]

describe('a license', function () {
  this.timeout(180_000)
  const world = useInstallation()
  const kubectl = async (...args: readonly string[]) =>
    (await world().cluster.kubectl([`--namespace=${release.namespace}`, ...args])).stdout

  before(async () => {
    await world().scene.push(image)
    await createNamespaces(world(), [release.namespace, app])
    // Helm takes good licenses alone, and the webhook keeps to the last good one: it never sees that of the install.
    await deploy(world(), 'install', release, { values: { ...values, replicaCount: 0 }, args: [] })
    await put({ 'license.yaml': '' })
    await kubectl('scale', 'deployment', name, '--replicas=1')
    await waitFor('the webhook to run', async () => (await readiness(world(), webhook)) !== '')
  })

  after(async () => {
    await remove(world(), release)
    await world().cluster.kubectl(['delete', 'namespace', release.namespace, app, '--wait=false'])
  })

  function put(data: Readonly<Record<string, string>>): Promise<unknown> {
    const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')] as const)
    const patch = [{ op: 'replace', path: '/data', value: Object.fromEntries(encoded) }]
    return kubectl('patch', 'secret', `${name}-license`, '--type=json', `--patch=${JSON.stringify(patch)}`)
  }

  for (const [index, { license, data, word }] of spoiled.entries()) {
    it(`${license} keeps the webhook from being ready, which says why`, async () => {
      await put(data)
      const said = await waitFor('a word about it', async () => {
        const line = (await readiness(world(), webhook)).split('\n').find((text) => text.startsWith('[-]license'))
        return line !== undefined && line.includes(word) && line
      })
      expect(said).to.include(`${name}-license`)
      const logged = await kubectl('logs', `deployment/${name}`)
      expect(
        logged.split('\n').some((line) => line.includes('"level":"error"') && line.includes(word)),
        logged,
      ).to.equal(true)
      expect(await kubectl('get', 'deployment', name, '--output=jsonpath={.status.readyReplicas}')).to.equal('')

      const own = `unheld-${index}`
      await world().cluster.apply(JSON.stringify(pod(own, { main: image })), `--namespace=${app}`)
      const [unheld] = await podsOf(world(), app, own)
      expect(unheld && stored(unheld).images).to.deep.equal({ main: image })
    })
  }

  it('whose Secret is deleted is missed', async () => {
    await kubectl('delete', 'secret', `${name}-license`)
    await waitFor('a word about it', async () =>
      (await readiness(world(), webhook)).includes(`${name}-license was deleted`),
    )
  })

  it('that is put right by an upgrade makes the webhook ready without a restart', async () => {
    await deploy(world(), 'upgrade', release, { values, args: [] })
    await waitFor('the webhook to be ready', async () => {
      return (await kubectl('get', 'deployment', name, '--output=jsonpath={.status.readyReplicas}')) === '1'
    })
    expect(
      await kubectl('get', 'pods', '--output=jsonpath={.items[*].status.containerStatuses[*].restartCount}'),
    ).to.equal('0')
  })

  it('that is spoiled afterwards leaves the webhook ready, which says what is wrong', async () => {
    await put({ '.dockerconfigjson': '{"auths":{}}' })
    await waitFor('a word about it', async () =>
      /^\[\+\]license ok, with a warning: .*has no entry for any of/m.test(await readiness(world(), webhook)),
    )
    expect(await kubectl('get', 'deployment', name, '--output=jsonpath={.status.readyReplicas}')).to.equal('1')
  })

  it('whose Secret is deleted afterwards leaves the webhook ready, which says so', async () => {
    await kubectl('delete', 'secret', `${name}-license`)
    await waitFor('a word about it', async () =>
      /^\[\+\]license ok, with a warning: .*-license was deleted/m.test(await readiness(world(), webhook)),
    )
    expect(await kubectl('get', 'deployment', name, '--output=jsonpath={.status.readyReplicas}')).to.equal('1')
  })
})
