import { expect } from 'chai'
import { stored } from '../support/pods.ts'
import { waitFor } from '../support/wait.ts'
import { appSlug } from './support/accounts.ts'
import { useInstallation } from './support/installation.ts'
import { createNamespaces } from './support/namespaces.ts'
import { deploy, remove, untilAnswered } from './support/release.ts'
import { metric, readiness, type Webhook } from './support/webhook.ts'
import { pod, podsOf } from './support/workloads.ts'

const image = 'quay.io/my-org/refused:1'
const release = { name: 'refused', namespace: 'refused-system' }
const webhook: Webhook = { fullname: 'refused-image-proxy-webhook', namespace: release.namespace }
const app = 'refused-app'
const existingSecret = 'enterprise-pull-secret'

/** Seconds: so long that a Pod which had to wait for the webhook would be seen to. */
const timeoutSeconds = 30
const values = {
  appSlug,
  pullSecret: { existingSecret },
  additionalNamespaces: [app],
  replicaCount: 1,
  preStopSleepSeconds: 0,
  webhook: { timeoutSeconds },
}

describe('a license in a Secret that was there before', function () {
  this.timeout(180_000)
  const world = useInstallation()
  const kubectl = async (...args: readonly string[]) =>
    (await world().cluster.kubectl([`--namespace=${release.namespace}`, ...args])).stdout
  const readyReplicas = () =>
    kubectl('get', 'deployment', webhook.fullname, '--output=jsonpath={.status.readyReplicas}')
  const create = (name: string) =>
    world().cluster.apply(JSON.stringify(pod(name, { main: image })), `--namespace=${app}`)

  async function imageOf(name: string): Promise<string | undefined> {
    const [found] = await podsOf(world(), app, name)
    return found && stored(found).images['main']
  }

  before(async () => {
    await world().scene.push(image)
    await createNamespaces(world(), [release.namespace, app])
    const login = ['--docker-server=proxy.replicated.com', '--docker-username=LICENSE_ID']
    const unknown = '--docker-password=license-that-nobody-ever-had'
    await kubectl('create', 'secret', 'docker-registry', existingSecret, ...login, unknown)
    await deploy(world(), 'install', release, { values })
    await untilAnswered(world(), app)
  })

  after(async () => {
    await remove(world(), release)
    await world().cluster.kubectl(['delete', 'namespace', release.namespace, app, '--wait=false'])
  })

  describe('that the proxy has never known', () => {
    it('is named in a warning as the likely reason why a private image is left alone', async () => {
      const { stderr } = await create('unknown')
      expect(stderr).to.include(
        `Warning: image "${image}" is left alone: not readable without credentials, and the license does not grant it`,
      )
      expect(await imageOf('unknown')).to.equal(image)
    })

    it('shows in the metric that alerts are made of', async () => {
      expect(await metric(world(), webhook, 'license_refused')).to.equal(1)
    })

    it('does not make the webhook unready by its refusal', async () => {
      expect(await readiness(world(), webhook)).to.include('readyz check passed')
    })
  })

  describe('that the webhook may not read', () => {
    before(async () => {
      const get = ['get', 'role', webhook.fullname, '--output=json'] as const
      const { rules } = JSON.parse(await kubectl(...get)) as { rules: { resourceNames?: string[] }[] }
      const others = rules.filter(({ resourceNames }) => resourceNames?.includes(existingSecret) !== true)
      expect(others).to.have.lengthOf(rules.length - 1)
      const patch = JSON.stringify({ rules: others })
      await kubectl('patch', 'role', webhook.fullname, '--type=merge', `--patch=${patch}`)
      await kubectl('delete', 'pod', '--selector=app.kubernetes.io/name=image-proxy-webhook')
    })

    it('keeps a new Pod of the webhook from being ready, which says why', async () => {
      const word = `the Secret ${release.namespace}/${existingSecret} cannot be read`
      const line = await waitFor('a word about it', async () => {
        const lines = (await readiness(world(), webhook)).split('\n')
        return lines.find((text) => text.startsWith('[-]license') && text.includes(word))
      })
      expect(line).to.include('forbidden')
      const logged = (await kubectl('logs', `deployment/${webhook.fullname}`)).split('\n')
      const told = logged.filter((text) => text.includes('"level":"error"') && text.includes(word))
      expect(told, logged.join('\n')).to.have.lengthOf(1)
      expect(told[0]).to.include('forbidden')
      expect(await readyReplicas()).to.equal('')
    })

    it('holds up no Pod', async () => {
      const started = performance.now()
      await create('unheld')
      expect((performance.now() - started) / 1000).to.be.below(timeoutSeconds)
      expect(await imageOf('unheld')).to.equal(image)
    })
  })
})
