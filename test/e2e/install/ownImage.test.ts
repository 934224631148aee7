import { expect } from 'chai'
import manifest from '../../../package.json' with { type: 'json' }
import { appSlug, licenseId } from './support/accounts.ts'
import { useInstallation } from './support/installation.ts'
import { createNamespaces } from './support/namespaces.ts'
import { deploy, remove, type Release } from './support/release.ts'

const release: Release = { name: 'behind', namespace: 'behind-system' }
const existingSecret = 'enterprise-pull-secret'

/** As the chart's README has it for a customer who reaches one domain only, but for the vendor's repository. */
const values = {
  appSlug,
  global: {
    imageRegistry: `proxy.replicated.com/proxy/${appSlug}/quay.io`,
    imagePullSecrets: [existingSecret],
  },
  image: { repository: 'ghcr.io/my-org/webhook', pullPolicy: 'Always' },
  pullSecret: { existingSecret },
  replicaCount: 1,
  preStopSleepSeconds: 0,
}

describe('the webhook itself', function () {
  this.timeout(120_000)
  const world = useInstallation()
  const kubectl = async (...args: readonly string[]) =>
    (await world().cluster.kubectl([`--namespace=${release.namespace}`, ...args])).stdout

  before(async () => {
    const { cluster, scene } = world()
    await scene.copy(cluster.script().built, `quay.io/my-org/webhook:${manifest.version}`)
    await createNamespaces(world(), [release.namespace])
    const login = ['--docker-server=proxy.replicated.com', '--docker-username=LICENSE_ID']
    await kubectl('create', 'secret', 'docker-registry', existingSecret, ...login, `--docker-password=${licenseId}`)
  })

  after(async () => {
    await remove(world(), release)
    await world().cluster.kubectl(['delete', 'namespace', release.namespace, '--wait=false'])
  })

  it('is pulled through the licensed proxy with the pull secret that a customer has already', async () => {
    await deploy(world(), 'install', release, { values })
    const image = `proxy.replicated.com/proxy/${appSlug}/quay.io/my-org/webhook:${manifest.version}`
    const events = await kubectl('get', 'events', '--output=jsonpath={range .items[*]}{.reason} {.message}{"\\n"}{end}')
    expect(events).to.include(`Pulled Successfully pulled image "${image}"`)
  })
})
