import { expect } from 'chai'
import { waitFor } from '../support/wait.ts'
import { appSlug } from './support/accounts.ts'
import { createPodsDuring } from './support/gatedPods.ts'
import { app, release, sharedValues, useInstallation } from './support/installation.ts'
import { deploy } from './support/release.ts'
import { webhookImage } from './support/world.ts'

const image = 'quay.io/my-org/stream:1'
const proxied = `proxy.replicated.com/proxy/${appSlug}/${image}`
const deployment = `deployment/${release.name}`

describe('no Pod fails, and none is left unpatched, while', function () {
  this.timeout(120_000)
  const world = useInstallation()
  const kubectl = (...args: readonly string[]) => world().cluster.kubectl([...args, `--namespace=${release.namespace}`])
  const upgrade = (values: object) =>
    deploy(world(), 'upgrade', release, { values: { ...sharedValues, ...values } }).then(untilOldPodsAreGone)

  /** The API server asks those that it has a connection to for as long as they run. */
  async function untilOldPodsAreGone(): Promise<void> {
    await waitFor('the old Pods to be gone', async () => (await podNames()).length === 2)
  }
  async function podNames(): Promise<readonly string[]> {
    const { stdout } = await kubectl(
      'get',
      'pods',
      `--selector=app.kubernetes.io/instance=${release.name}`,
      '--output=name',
    )
    return stdout.split('\n').filter((line) => line !== '')
  }

  const events: Readonly<Record<string, () => Promise<void>>> = {
    'a value is changed': () => upgrade({ log: { level: 'debug' } }),
    'the webhook is upgraded': async () => {
      await world().cluster.script().tagImage(webhookImage, webhookImage.replace(/:.*/, ':0.1.1'))
      await upgrade({ image: { tag: '0.1.1' } })
    },
    'the leader is deleted': async () => {
      // That of the last upgrade has let go of the Lease, and a new one takes it at its next look.
      const holder = ['lease', release.name, '--output=jsonpath={.spec.holderIdentity}']
      const leader = await waitFor('a leader', async () => (await kubectl('get', ...holder)).stdout || undefined)
      await kubectl('delete', 'pod', leader)
      await kubectl('rollout', 'status', deployment, '--timeout=60s')
    },
    'the API server restarts': () => world().cluster.script().restart('kube-apiserver'),
  }

  before(() => world().scene.push(image))

  for (const [event, happen] of Object.entries(events)) {
    it(event, async () => {
      const { images, refusals } = await createPodsDuring(world(), { namespace: app, image }, happen)
      expect(refusals).to.deep.equal([])
      expect([...images.keys()]).to.deep.equal([proxied])
    })
  }
})
