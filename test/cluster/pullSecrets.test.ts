import { expect } from 'chai'
import { createEventRecorder } from '../../src/cluster/events.ts'
import {
  createPullSecretKeeper,
  type PullSecretKeeper,
  type PullSecretKeeperOptions,
} from '../../src/cluster/pullSecrets.ts'
import { secretText } from '../../src/cluster/secrets.ts'
import { eventually } from '../support/eventually.ts'
import { licenseFor } from '../support/licenses.ts'
import { secretPath, startMemoryCluster, type MemoryCluster } from '../support/memoryCluster.ts'

const name = 'my-app-registry'
const first = licenseFor('license-1', 'proxy.example.com')
const second = licenseFor('license-2', 'proxy.example.com')
const path = secretPath('home', name)

describe('The pull secret in a namespace', () => {
  let cluster: MemoryCluster
  let keeper: PullSecretKeeper
  let license: typeof first

  beforeEach(async () => {
    cluster = await startMemoryCluster()
    license = first
  })
  afterEach(async () => {
    keeper.stop()
    await cluster.close()
  })

  async function keep(options: Partial<PullSecretKeeperOptions> = {}): Promise<void> {
    keeper = createPullSecretKeeper({
      api: cluster.api,
      license: () => license,
      name: () => name,
      namespaces: ['*'],
      excluded: ['kube-system'],
      leading: () => true,
      events: createEventRecorder({ api: cluster.api, identity: 'test' }),
      ...options,
    })
    keeper.start()
    await cluster.quiet()
  }

  const content = (): string | undefined => secretText(cluster.secret('home', name) ?? {}, '.dockerconfigjson')
  const writes = (): string[] => cluster.asked.filter((asked) => asked.startsWith('PATCH'))

  it('is not written in a namespace that is excluded', async () => {
    cluster.namespaces.add('kube-system')
    await keep()
    expect(await keeper.ensure('kube-system')).to.equal('unavailable')
    expect(writes()).to.be.empty
  })

  it('is not written in a namespace of another list, or of no name at all', async () => {
    await keep({ namespaces: ['elsewhere'] })
    expect(await keeper.ensure('home')).to.equal('unavailable')
    expect(await keeper.ensure('../../../apis')).to.equal('unavailable')
    expect(writes()).to.be.empty
  })

  it('is written once for a crowd of Pods, and asked for no more', async () => {
    await keep()
    const results = await Promise.all(Array.from({ length: 50 }, async () => keeper.ensure('home', 10_000)))
    expect(new Set(results)).to.deep.equal(new Set(['written']))
    expect(keeper.ensure('home')).to.equal('current')
    expect(writes()).to.have.lengthOf(1)
  })

  it('is changed only where it still is the object that was looked at: its uid goes with the write', async () => {
    await keep({ leading: () => false })
    await keeper.ensure('home', 10_000)
    license = second
    keeper.licenseChanged()
    cluster.remove(path, true)
    cluster.put(path, { type: 'Opaque', data: {} })
    // The write of the new license is under way as if nobody had told of the exchange.
    expect(await keeper.ensure('home', 10_000)).to.equal('foreign')
    expect(content()).to.be.undefined
  })

  it('is left as it is where somebody else made it, and an Event says so once', async () => {
    cluster.put(path, { type: 'Opaque', data: {} })
    await keep()
    expect(await keeper.ensure('home', 10_000)).to.equal('foreign')
    expect(await keeper.ensure('home', 10_000)).to.equal('foreign')
    await cluster.quiet()
    expect(writes()).to.be.empty
    expect(cluster.asked.filter((asked) => asked.startsWith('POST') && asked.includes('/events'))).to.have.lengthOf(1)
  })

  it('follows the license within seconds where this replica leads', async () => {
    await keep()
    await keeper.ensure('home', 10_000)
    license = second
    keeper.licenseChanged()
    await eventually(() => {
      expect(content()).to.equal(second.dockerConfigJson)
    })
  })

  it('stays as it is where another replica leads', async () => {
    await keep({ leading: () => false })
    await keeper.ensure('home', 10_000)
    license = second
    keeper.licenseChanged()
    await cluster.quiet()
    expect(content()).to.equal(first.dockerConfigJson)
  })

  it('is nowhere where its namespace does not exist, which is remembered of no namespace that anybody can name', async () => {
    await keep()
    expect(await keeper.ensure('nowhere', 10_000)).to.equal('unavailable')
    expect(keeper.stats()).to.deep.equal({ copies: 0, outdated: 0, foreign: 0 })
  })

  it('is told to have failed, and nothing rejects, whatever is wrong', async () => {
    const brokenApi = Object.create(cluster.api, { core: { value: {} } }) as typeof cluster.api
    await keep({
      api: brokenApi,
    })
    expect(await keeper.ensure('home', 10_000)).to.equal('failed')
  })
})
