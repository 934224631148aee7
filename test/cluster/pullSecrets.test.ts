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
import { secretPath } from '../support/clusterObjects.ts'
import { startMemoryCluster, type MemoryCluster } from '../support/memoryCluster.ts'

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

  for (const [namespaces, isTold] of [
    [['*'], false],
    [['nowhere'], true],
  ] as const) {
    it(`is ${isTold ? '' : 'not '}told to be missing where its namespace does not exist and is configured as ${namespaces[0]}`, async () => {
      const subjects: string[] = []
      await keep({ namespaces, observer: { fault: (subject) => subjects.push(subject) } })
      expect(await keeper.ensure('nowhere', 10_000)).to.equal('unavailable')
      expect(subjects.includes('pull secret in nowhere')).to.equal(isTold)
    })
  }

  it('is not taken from somebody who makes one at the same moment', async () => {
    await keep()
    cluster.intercept = ({ method }) => {
      if (method === 'PATCH' && cluster.secret('home', name) === undefined)
        cluster.put(path, { type: 'Opaque', data: {}, metadata: { managedFields: [{ manager: 'someone' }] } })
      return undefined
    }
    expect(await keeper.ensure('home', 10_000)).to.equal('foreign')
    expect(content()).to.be.undefined
  })

  it('is written under its new name when the name is another one', async () => {
    let current = name
    await keep({ name: () => current })
    await keeper.ensure('home', 10_000)
    current = 'another-registry'
    keeper.licenseChanged()
    expect(await keeper.ensure('home', 10_000)).to.equal('written')
    expect(cluster.secret('home', 'another-registry')).not.to.be.undefined
  })

  it('is no failure where its namespace is going away, which takes no new objects', async () => {
    const faults: (string | undefined)[] = []
    await keep({ observer: { fault: (_subject, sentence) => faults.push(sentence) } })
    cluster.intercept = ({ method }) =>
      method === 'PATCH' ? { status: 403, reason: 'NamespaceTerminating' } : undefined
    expect(await keeper.ensure('home', 10_000)).to.equal('unavailable')
    expect(faults).to.deep.equal([])
  })

  it('is told to be in order again once it could be written after a failure', async () => {
    const told: string[] = []
    await keep({ observer: { fault: (subject, sentence) => told.push(`${subject}: ${sentence ?? 'in order'}`) } })
    cluster.intercept = ({ method }) => (method === 'PATCH' ? { status: 403 } : undefined)
    expect(await keeper.ensure('home', 10_000)).to.equal('failed')
    cluster.intercept = () => undefined
    expect(await keeper.ensure('home', 10_000)).to.equal('written')
    expect(told).to.deep.equal([
      'pull secret in home: the API server answers 403: as the test has it',
      'pull secret in home: in order',
    ])
  })

  it('is not waited for where two hundred others are being written', async () => {
    await keep()
    cluster.stop()
    const waiting = Array.from({ length: 200 }, async (_, index) => keeper.ensure(`crowd-${index}`, 1))
    expect(keeper.ensure('one-more')).to.equal('failed')
    expect(new Set(await Promise.all(waiting))).to.deep.equal(new Set(['pending']))
    cluster.start()
  })

  it('leaves no timer behind that would keep the process alive, however patient an admission is', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    await keep()
    const before = timers()
    await keeper.ensure('home', 600_000)
    expect(timers()).to.be.at.most(before)
  })

  it('is told to have failed, and nothing rejects, whatever is wrong', async () => {
    const brokenApi = Object.create(cluster.api, { core: { value: {} } }) as typeof cluster.api
    await keep({
      api: brokenApi,
    })
    expect(await keeper.ensure('home', 10_000)).to.equal('failed')
  })
})
