import { X509Certificate } from 'node:crypto'
import { expect } from 'chai'
import { arrayAt, objectAt, textAt, type JsonObject } from '../../../src/json.ts'
import { splitPem } from '../../../src/certificates/serving.ts'
import { clusterCertificates, type ClusterCertificatesOptions } from '../../../src/cluster/certificates.ts'
import { manager } from '../../../src/cluster/ownership.ts'
import { secretText } from '../../../src/cluster/secrets.ts'
import type { Certificate } from '../../../src/certificates/source.ts'
import { waitFor } from '../support/wait.ts'
import { textIn, useApiServer } from './support/apiServer.ts'

const day = 24 * 3_600_000
const secret = 'webhook-tls'
const hosts = ['webhook.my-app.svc']

describe('Certificates that the webhook makes itself, in a cluster', function () {
  this.timeout(120_000)
  const server = useApiServer()

  interface Replica {
    readonly used: readonly Certificate[]
    readonly faults: readonly string[]
    first(): Promise<Certificate>
  }

  /** A replica that has just started. */
  async function start(namespace: string, options: Partial<ClusterCertificatesOptions> = {}): Promise<Replica> {
    const api = await server.client()
    const used: Certificate[] = []
    const faults: string[] = []
    const source = clusterCertificates({ api, namespace, secret, hosts, interval: 50, ...options })
    server.cleanUp(() => {
      source.stop()
    })
    await source.start({
      use: (certificate) => used.push(certificate),
      fault: (sentence) => faults.push(sentence),
    })
    return { used, faults, first: () => waitFor('a certificate', () => used[0]) }
  }

  function stored(namespace: string): Promise<JsonObject | undefined> {
    return server.get('secret', secret, `--namespace=${namespace}`)
  }

  async function bundles(name: string): Promise<string[]> {
    const configuration = await server.get('mutatingwebhookconfiguration', name)
    return arrayAt(configuration, 'webhooks').map((webhook) =>
      Buffer.from(textAt(objectAt(webhook, 'clientConfig'), 'caBundle') ?? '', 'base64').toString(),
    )
  }

  for (let repetition = 1; repetition <= 20; repetition++) {
    it(`two replicas that start at once agree on one authority, and a later one serves with it (${repetition})`, async () => {
      const namespace = await server.namespace()
      const replicas = await Promise.all([start(namespace), start(namespace)])
      const [one, two] = await Promise.all(replicas.map((replica) => replica.first()))
      const later = await (await start(namespace)).first()
      expect(new Set([one?.cert, two?.cert, later.cert])).to.have.lengthOf(1)
      expect(splitPem(secretText((await stored(namespace)) ?? {}, 'ca.crt') ?? '')).to.have.lengthOf(1)
    })
  }

  it('has the API server trust the authority before anything is served', async () => {
    const namespace = await server.namespace()
    const name = await server.webhookConfiguration()
    const configuration = await server.watchedConfiguration(await server.client(), name)
    const replica = await start(namespace, { configuration })
    const { cert } = await replica.first()
    for (const bundle of await bundles(name)) {
      const [authority = ''] = splitPem(bundle)
      expect(new X509Certificate(cert).verify(new X509Certificate(authority).publicKey)).to.be.true
    }
  })

  it('owns the caBundle alone, so that helm upgrade may take a webhook away', async () => {
    const name = await server.webhookConfiguration()
    const configuration = await server.watchedConfiguration(await server.client(), name)
    await (await start(await server.namespace(), { configuration })).first()
    const fields = arrayAt(
      objectAt(await server.get('mutatingwebhookconfiguration', name), 'metadata'),
      'managedFields',
    )
    const ours = fields.find((entry) => textAt(entry, 'manager') === manager)
    expect(Object.values(objectAt(objectAt(ours, 'fieldsV1'), 'f:webhooks') ?? {})).to.deep.equal(
      Array.from({ length: 2 }, () => ({ 'f:clientConfig': { 'f:caBundle': {} } })),
    )
  })

  it('serves before its webhook configuration exists, and tells it of the authority when it does', async () => {
    const namespace = await server.namespace()
    const name = `late-${namespace}`
    const api = await server.client()
    const configuration = await server.watchedConfiguration(api, name)
    await (await start(namespace, { configuration })).first()
    const manifest = await server.get('mutatingwebhookconfiguration', await server.webhookConfiguration())
    server.cleanUp(() => server.cluster().kubectl(['delete', 'mutatingwebhookconfiguration', name]))
    await server.cluster().kubectl(['create', '--filename=-'], {
      input: JSON.stringify({ ...manifest, metadata: { name } }),
    })
    await waitFor('the caBundle', async () => (await bundles(name)).every((bundle) => bundle !== ''))
    await waitFor(
      'the owner',
      async () => arrayAt(objectAt(await stored(namespace), 'metadata'), 'ownerReferences').length === 1,
    )
  })

  it('repairs a caBundle that someone empties, within seconds', async () => {
    const namespace = await server.namespace()
    const name = await server.webhookConfiguration()
    const configuration = await server.watchedConfiguration(await server.client(), name)
    let repairs = 0
    await (await start(namespace, { configuration, observer: { trusted: () => repairs++ } })).first()
    const patch = JSON.stringify([{ op: 'remove', path: '/webhooks/1/clientConfig/caBundle' }])
    await server.cluster().kubectl(['patch', 'mutatingwebhookconfiguration', name, '--type=json', `--patch=${patch}`])
    await waitFor('the repair', async () => (await bundles(name)).every((bundle) => bundle !== ''), { seconds: 5 })
    expect(repairs).to.equal(2)
  })

  it('keeps a stranger’s authority that the API server trusts already', async () => {
    const name = await server.webhookConfiguration()
    const configuration = await server.watchedConfiguration(await server.client(), name)
    await (await start(await server.namespace(), { configuration })).first()
    const [before = ''] = await bundles(name)
    await (await start(await server.namespace(), { configuration })).first()
    const [after = ''] = await bundles(name)
    expect(splitPem(after)).to.have.lengthOf(2).and.to.include.members(splitPem(before))
  })

  it('renews the certificate when a third of its life is left, under the same authority', async () => {
    const namespace = await server.namespace()
    let now = Date.now()
    const replica = await start(namespace, { now: () => now })
    const { expires } = await replica.first()
    const authority = secretText((await stored(namespace)) ?? {}, 'ca.crt')
    now += 61 * day
    const renewed = await waitFor('the renewal', () => replica.used[1])
    expect(renewed.expires).to.be.greaterThan(expires + 60 * day)
    expect(secretText((await stored(namespace)) ?? {}, 'ca.crt')).to.equal(authority)
  })

  it('replaces an ageing authority in two steps: trusted everywhere first, signing later, the old one still trusted', async () => {
    const namespace = await server.namespace()
    const name = await server.webhookConfiguration()
    const configuration = await server.watchedConfiguration(await server.client(), name)
    let now = Date.now() - 250 * day
    const early = await start(namespace, { now: () => now, configuration })
    await early.first()
    now += 250 * day
    await waitFor('two authorities', async () => splitPem((await bundles(name))[0] ?? '').length === 2)
    await waitFor(
      'both in the Secret',
      async () => splitPem(secretText((await stored(namespace)) ?? {}, 'ca.crt') ?? '').length === 2,
    )
    now += 11 * 60_000
    const [authority = '', old = ''] = splitPem((await bundles(name))[0] ?? '')
    const last = await waitFor('a certificate of the new authority', () =>
      early.used.find(({ cert }) => new X509Certificate(cert).verify(new X509Certificate(authority).publicKey)),
    )
    expect(new X509Certificate(last.cert).verify(new X509Certificate(old).publicKey)).to.be.false
  })

  it('makes a certificate anew that covers further hosts', async () => {
    const namespace = await server.namespace()
    await (await start(namespace)).first()
    const other = await start(namespace, { hosts: ['another.my-app.svc', '10.0.0.1', '::1'] })
    const { cert } = await waitFor('a certificate', () => other.used.at(-1))
    const certificate = new X509Certificate(cert)
    expect(certificate.checkHost('another.my-app.svc')).to.be.a('string')
    expect(certificate.checkHost('webhook.my-app.svc')).to.be.a('string')
    expect(certificate.checkIP('::1')).to.be.a('string')
    expect(other.used).to.have.lengthOf(1)
  })

  it('restores a Secret that someone deletes, with the same authority, and serves on', async () => {
    const namespace = await server.namespace()
    const replica = await start(namespace)
    await replica.first()
    const before = await stored(namespace)
    await server.cluster().kubectl(['delete', 'secret', secret, `--namespace=${namespace}`])
    const after = await waitFor('the Secret', () => stored(namespace))
    expect(textIn(after, 'metadata', 'uid')).not.to.equal(textIn(before, 'metadata', 'uid'))
    expect(after['data']).to.deep.equal(before?.['data'])
    expect(replica.used).to.have.lengthOf(1)
  })

  it('restores a Secret that someone spoils', async () => {
    const namespace = await server.namespace()
    await (await start(namespace)).first()
    const before = await stored(namespace)
    const patch = JSON.stringify({ data: { 'tls.crt': 'c3BvaWx0' } })
    await server
      .cluster()
      .kubectl(['patch', 'secret', secret, `--namespace=${namespace}`, '--type=merge', `--patch=${patch}`])
    await waitFor(
      'the old content',
      async () => textIn(await stored(namespace), 'data', 'tls.crt') === textIn(before, 'data', 'tls.crt'),
    )
  })

  it('never overwrites a Secret of that name that is not its own', async () => {
    const namespace = await server.namespace()
    await server
      .cluster()
      .kubectl(['create', 'secret', 'generic', secret, `--namespace=${namespace}`, '--from-literal=tls.crt=theirs'])
    const before = await stored(namespace)
    const replica = await start(namespace)
    const fault = await waitFor('a fault', () => replica.faults[0])
    expect(fault).to.equal(
      `the Secret ${namespace}/webhook-tls is not the webhook's own: delete it, or set server.tls.secret to another name`,
    )
    expect(await stored(namespace)).to.deep.equal(before)
  })

  it('is collected with the webhook configuration, and not made again', async () => {
    const namespace = await server.namespace()
    const name = await server.webhookConfiguration()
    const configuration = await server.watchedConfiguration(await server.client(), name)
    await (await start(namespace, { configuration })).first()
    await server.cluster().kubectl(['delete', 'mutatingwebhookconfiguration', name])
    await waitFor('the collection', async () => (await stored(namespace)) === undefined)
    await waitFor('the deletion to be known', () => configuration.state() === 'deleted')
    await server.cluster().kubectl(['create', 'configmap', 'later', `--namespace=${namespace}`])
    expect(await stored(namespace)).to.be.undefined
  })
})
