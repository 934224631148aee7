import { expect } from 'chai'
import { watchLicenseSecret } from '../../src/cluster/licenseSecret.ts'
import { secretData } from '../../src/cluster/secrets.ts'
import type { LicenseState } from '../../src/license/source.ts'
import { secretPath } from '../support/clusterObjects.ts'
import { startMemoryCluster, type MemoryCluster } from '../support/memoryCluster.ts'
import { until } from '../support/transports.ts'

const path = secretPath('home', 'my-license')
const hosts = { configured: ['proxy.example.com'], all: ['proxy.example.com'] }

describe('The license in a Secret', () => {
  let cluster: MemoryCluster
  let states: LicenseState[]
  let stop: () => void
  let relist: () => void

  beforeEach(async () => {
    cluster = await startMemoryCluster()
    states = []
    stop = () => undefined
  })
  afterEach(async () => {
    stop()
    await cluster.close()
  })

  function watch(): void {
    const listener = (state: LicenseState) => states.push(state)
    const options = { api: cluster.api, namespace: 'home', name: 'my-license', hosts, listener }
    ;({ stop, relist } = watchLicenseSecret(options))
  }

  it('is read from an id without the line break that a file ends in', async () => {
    cluster.put(path, { data: secretData({ id: 'license-1\n' }) })
    watch()
    await until(() => states.length > 0)
    expect(states[0]?.license?.credentials.get('proxy.example.com')?.password).to.equal('license-1')
  })

  it('is missed where there is no such Secret, and found as soon as there is', async () => {
    watch()
    await until(() => states.length > 0)
    expect(states[0]).to.deep.equal({ fault: 'the Secret home/my-license does not exist' })
    cluster.put(path, { data: secretData({ id: 'license-1' }) })
    await until(() => states.at(-1)?.license !== undefined)
  })

  it('is told once for each content, however often the Secret changes otherwise', async () => {
    cluster.put(path, { data: secretData({ id: 'license-1' }) })
    watch()
    await until(() => states.length > 0)
    cluster.put(path, { data: secretData({ id: 'license-1' }), metadata: { labels: { team: 'a' } } })
    cluster.put(path, { data: secretData({ id: 'license-2' }) })
    await until(() => states.length > 1)
    expect(states.map(({ license }) => license?.credentials.get('proxy.example.com')?.password)).to.deep.equal([
      'license-1',
      'license-2',
    ])
  })

  it('is a fault when the Secret is deleted', async () => {
    cluster.put(path, { data: secretData({ id: 'license-1' }) })
    watch()
    await until(() => states.length > 0)
    cluster.remove(path)
    await until(() => states.length > 1)
    expect(states[1]).to.deep.equal({ fault: 'the Secret home/my-license was deleted' })
  })

  it('is missed where a later list has it no more, although no watch told of its deletion', async () => {
    cluster.put(path, { data: secretData({ id: 'license-1' }) })
    watch()
    await until(() => states.length > 0)
    await cluster.quiet()
    cluster.remove(path, true)
    relist()
    await until(() => states.length > 1)
    expect(states[1]).to.deep.equal({ fault: 'the Secret home/my-license does not exist' })
  })

  it('holds while the API server cannot be asked', async () => {
    cluster.put(path, { data: secretData({ id: 'license-1' }) })
    watch()
    await until(() => states.length > 0)
    const before = cluster.asked.length
    cluster.stop()
    // A watch that breaks once or twice is no fault yet.
    await until(() => cluster.asked.length > before + 5)
    expect(states).to.have.lengthOf(1)
    cluster.start()
  })
})
