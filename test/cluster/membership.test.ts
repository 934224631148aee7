import { expect } from 'chai'
import { takePart, type Cluster } from '../../src/cluster/membership.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { configurationFor, configurationPath } from '../support/clusterObjects.ts'
import { eventually } from '../support/eventually.ts'
import { licenseFor } from '../support/licenses.ts'
import { startMemoryCluster, type MemoryCluster } from '../support/memoryCluster.ts'

const lease = '/apis/coordination.k8s.io/v1/namespaces/home/leases/webhook'

describe('The webhook in a cluster', () => {
  let memory: MemoryCluster
  let cluster: Cluster | undefined

  beforeEach(async () => {
    memory = await startMemoryCluster()
    memory.put(configurationPath, configurationFor(['home']))
  })
  afterEach(async () => {
    await cluster?.stop()
    await memory.close()
  })

  async function join(text = ''): Promise<Cluster> {
    const kubernetes = '{namespace: home, webhookConfiguration: webhook}'
    cluster = await takePart(
      memory.api,
      loadConfig({ text: `{appSlug: my-app, kubernetes: ${kubernetes}${text}}`, env: {}, terminal: false }),
      {
        environment: { HOSTNAME: 'replica-1' },
        log: await createLogger({ level: 'silent', format: 'json' }),
        metrics: createMetrics({ version: '1.2.3' }),
      },
    )
    return cluster
  }

  const holder = () => (memory.get(lease) as { spec?: { holderIdentity?: string } } | undefined)?.spec?.holderIdentity
  const license = licenseFor('license-1', 'proxy.example.com')
  const provision = { license: () => license, name: () => 'my-app-registry' }
  const repair = {
    keeper: undefined,
    admission: { admit: () => ({ result: 'skipped', patch: [], warnings: [], images: [] }) as const },
    terms: () => undefined,
    isServing: () => true,
  }

  it('copies no pull secret into the namespaces of Kubernetes itself, nor into excluded ones, where it is for all', async () => {
    const others = ['kube-system', 'kube-public', 'kube-node-lease', 'left-out']
    for (const name of others) memory.namespaces.add(name)
    const keeper = (await join(', namespaces: ["*"], excludedNamespaces: [left-out]')).provision(provision)
    await eventually(async () => {
      expect(await keeper?.ensure('home')).to.equal('current')
    })
    expect(await Promise.all(others.map(async (name) => keeper?.ensure(name)))).to.deep.equal(
      others.map(() => 'unavailable'),
    )
  })

  it('mends Pods that wait, but not in audit mode, in which nothing is written', async () => {
    expect((await join()).repair(repair)).to.be.a('function')
    await cluster?.stop()
    expect((await join(', policy: {mode: audit}')).repair(repair)).to.be.undefined
  })

  it('closes its connection last when it stops, so that it can hand the Lease back', async () => {
    const joined = await join()
    joined.provision(provision)
    await eventually(() => {
      expect(holder()).to.equal('replica-1')
    })
    await joined.stop()
    expect(holder()).to.equal('')
  })

  it('writes nothing into the Lease any more where its MutatingWebhookConfiguration was deleted: it is being uninstalled', async () => {
    const joined = await join()
    const keeper = joined.provision(provision)
    await eventually(() => {
      expect(holder()).to.equal('replica-1')
    })
    memory.remove(configurationPath)
    // Without an owner no copy is written: that tells when the deletion is known.
    await eventually(async () => {
      expect(await keeper?.ensure('home')).to.equal('unavailable')
    })
    await joined.stop()
    expect(holder()).to.equal('replica-1')
  })
})
