import { X509Certificate } from 'node:crypto'
import { expect } from 'chai'
import type { Certificate } from '../../src/certificates/source.ts'
import { renewed } from '../../src/certificates/serving.ts'
import { clusterCertificates, type ClusterCertificatesOptions } from '../../src/cluster/certificates.ts'
import { secretData, secretText } from '../../src/cluster/secrets.ts'
import { watchWebhookConfiguration, type WebhookConfiguration } from '../../src/cluster/webhookConfiguration.ts'
import { eventually } from '../support/eventually.ts'
import { configurationFor, configurationPath, secretPath } from '../support/clusterObjects.ts'
import { startMemoryCluster, type MemoryCluster } from '../support/memoryCluster.ts'
import { until } from '../support/transports.ts'
import { rsaServing } from './rsaServing.ts'

const day = 24 * 3_600_000
const secret = 'webhook-tls'
const path = secretPath('home', secret)
const marked = { metadata: { labels: { 'app.kubernetes.io/managed-by': 'image-proxy-webhook' } } }

describe('The certificate that replicas share', () => {
  let cluster: MemoryCluster
  let stops: (() => unknown)[]

  beforeEach(async () => {
    cluster = await startMemoryCluster()
    stops = []
  })
  afterEach(async () => {
    for (const stop of stops.reverse()) await stop()
    await cluster.close()
  })

  interface Replica {
    readonly used: readonly Certificate[]
    readonly faults: readonly string[]
    stop(): void
  }

  async function start(options: Partial<ClusterCertificatesOptions> = {}): Promise<Replica> {
    const used: Certificate[] = []
    const faults: string[] = []
    const source = clusterCertificates({
      api: cluster.api,
      namespace: 'home',
      secret,
      hosts: ['webhook.home.svc'],
      interval: 20,
      ...options,
    })
    stops.push(() => {
      source.stop()
    })
    await source.start({ use: (certificate) => used.push(certificate), fault: (fault) => faults.push(fault) })
    return { used, faults, stop: source.stop }
  }

  /** The webhook configuration, as the API server has it from now on. */
  function watched(): WebhookConfiguration {
    cluster.put(configurationPath, configurationFor(['home']))
    const configuration = watchWebhookConfiguration({ api: cluster.api, name: 'webhook' })
    stops.push(() => {
      configuration.stop()
    })
    return configuration
  }

  const storedText = (key: string): string => secretText(cluster.secret('home', secret) ?? {}, key) ?? ''

  it('is the one of the replica that stored its own first, where two make one at the same time', async () => {
    const replicas = [await start({ interval: 60_000 }), await start({ interval: 60_000 })]
    await until(() => replicas.every(({ used }) => used.length > 0))
    const creations = cluster.asked.filter((asked) => asked.startsWith('POST'))
    expect(creations).to.have.lengthOf(2)
    expect(replicas.flatMap(({ faults }) => faults)).to.be.empty
    expect(replicas.map(({ used }) => used.map(({ cert }) => cert))).to.deep.equal([
      [storedText('tls.crt')],
      [storedText('tls.crt')],
    ])
  })

  it('is trusted by the API server before it is served', async () => {
    const configuration = watched()
    const { used } = await start({ configuration })
    cluster.intercept = ({ method }) => {
      if (method === 'PATCH') expect(used).to.be.empty
      return undefined
    }
    await until(() => used.length === 1)
    expect(cluster.asked.some((asked) => asked.startsWith('PATCH'))).to.be.true
  })

  it('is trusted although somebody else changes the configuration at the same moment', async () => {
    const configuration = watched()
    await until(() => configuration.state() === 'present')
    cluster.intercept = ({ method }) => {
      if (method !== 'PATCH') return undefined
      cluster.intercept = () => undefined
      cluster.put(configurationPath, configurationFor(['home', 'another']))
      return undefined
    }
    const { used, faults } = await start({ configuration, interval: 60_000 })
    await until(() => used.length === 1)
    const bundle = /"caBundle":"([^"]+)"/.exec(JSON.stringify(cluster.get(configurationPath)))?.[1] ?? ''
    expect(Buffer.from(bundle, 'base64').toString().trim()).to.equal(storedText('ca.crt').trim())
    expect(faults).to.be.empty
  })

  it('is owned by the webhook configuration', async () => {
    const configuration = watched()
    const { used } = await start({ configuration })
    await until(() => used.length === 1)
    const { uid } = cluster.get(configurationPath)?.metadata ?? {}
    expect(cluster.secret('home', secret)?.metadata?.ownerReferences?.map((owner) => owner.uid)).to.deep.equal([uid])
  })

  it('is restored with the same content when someone deletes it, and not served anew', async () => {
    const { used } = await start()
    await until(() => used.length === 1)
    const before = cluster.secret('home', secret)?.data
    cluster.remove(path)
    await until(() => cluster.secret('home', secret) !== undefined)
    expect(cluster.secret('home', secret)?.data).to.deep.equal(before)
    expect(used).to.have.lengthOf(1)
  })

  it('is never written over a Secret that is not ours', async () => {
    cluster.put(path, { type: 'Opaque', data: { 'tls.crt': 'dGhlaXJz' } })
    const { faults } = await start()
    await until(() => faults.length > 0)
    expect(faults[0]).to.include('the Secret home/webhook-tls is not the webhook')
    expect(storedText('tls.crt')).to.equal('theirs')
  })

  it('is served for as long as it is good where its authority has a key of another kind, which is told', async () => {
    const foreign = await rsaServing('webhook.home.svc')
    cluster.put(path, { type: 'kubernetes.io/tls', ...marked, data: secretData(foreign) })
    const { used, faults } = await start({ hosts: ['webhook.home.svc', 'another.home.svc'] })
    await until(() => faults.length > 0)
    expect(faults[0]).to.match(/^the certificate of the Secret home\/webhook-tls: ./)
    expect(used.map(({ cert }) => cert)).to.deep.equal([foreign['tls.crt']])
    const asked = cluster.asked.length
    await cluster.quiet()
    expect(cluster.asked.length - asked).to.be.lessThan(5)
  })

  it('is made as soon as its namespace exists: until then that is told, and asked for ever more seldom', async () => {
    cluster.namespaces.clear()
    const { used, faults } = await start({ interval: 60_000 })
    await until(() => faults.length > 0)
    expect(faults[0]).to.equal(
      'the certificate of the Secret home/webhook-tls: the API server answers 404: namespaces "home" not found',
    )
    expect(cluster.asked.filter((asked) => asked.startsWith('POST'))).to.have.lengthOf(1)
    const asked = cluster.asked.length
    await cluster.quiet()
    expect(cluster.asked.length - asked).to.be.lessThan(5)
    cluster.namespaces.add('home')
    await eventually(() => {
      expect(used).to.have.lengthOf(1)
    })
  })

  it('is made after errors of any kind, which are told', async () => {
    let isBroken = true
    const now = (): number => {
      if (isBroken) throw new TypeError('a bug')
      return Date.now()
    }
    const { used, faults } = await start({ now })
    await until(() => faults.length > 0)
    expect(faults[0]).to.equal('the certificate of the Secret home/webhook-tls: a bug')
    isBroken = false
    await eventually(() => {
      expect(used).to.have.lengthOf(1)
    })
  })

  it('is not made before the API server has told whether it is there', async () => {
    cluster.intercept = ({ method }) => (method === 'GET' ? { status: 503 } : undefined)
    const { used } = await start({ interval: 1 })
    await until(() => cluster.asked.filter((asked) => asked.startsWith('GET')).length > 2)
    expect(cluster.asked.filter((asked) => asked.startsWith('POST'))).to.be.empty
    cluster.intercept = () => undefined
    await until(() => used.length === 1)
  })

  it('is not served once it has ended, where none can be stored in its place', async () => {
    const { serving, authority } = await renewed(undefined, ['webhook.home.svc'], Date.now() - 100 * day)
    const held = { 'tls.crt': serving.cert, 'tls.key': serving.key, 'ca.crt': authority.cert, 'ca.key': authority.key }
    cluster.put(path, { type: 'kubernetes.io/tls', ...marked, data: secretData(held) })
    cluster.intercept = ({ method }) => (method === 'PUT' ? { status: 403 } : undefined)
    const { used, faults } = await start()
    await until(() => faults.length > 0)
    expect(used).to.be.empty
  })

  it('is not made anew after its webhook configuration is deleted, since nothing would collect it', async () => {
    const configuration = watched()
    const { used } = await start({ configuration })
    await until(() => used.length === 1)
    cluster.remove(configurationPath)
    await until(() => configuration.state() === 'deleted')
    cluster.remove(path)
    await cluster.quiet()
    expect(cluster.secret('home', secret)).to.be.undefined
  })

  it('is left alone by a replica that has stopped, whatever changes', async () => {
    let now = Date.now()
    const { used, stop } = await start({ configuration: watched(), now: () => now, interval: 1 })
    await until(() => used.length === 1)
    stop()
    now += 61 * day
    cluster.remove(path)
    cluster.put(configurationPath, configurationFor(['home', 'another']))
    await cluster.quiet()
    expect([used.length, cluster.secret('home', secret)]).to.deep.equal([1, undefined])
  })

  it('is renewed by one authority when a third of its life is left', async () => {
    let now = Date.now()
    const { used } = await start({ now: () => now })
    await until(() => used.length === 1)
    const authority = storedText('ca.crt')
    now += 61 * day
    await until(() => used.length === 2)
    expect(storedText('ca.crt')).to.equal(authority)
    expect(new X509Certificate(used[1]?.cert ?? '').verify(new X509Certificate(authority).publicKey)).to.be.true
  })
})
