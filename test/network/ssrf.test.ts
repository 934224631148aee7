import { expect } from 'chai'
import { createServer } from 'node:net'
import type { Trust } from '../../src/network/guard.ts'
import { systemResolver, type Resolve } from '../../src/network/resolver.ts'
import type { TransportOptions } from '../../src/network/transport.ts'
import { createAuthority, type Authority, type ServerCertificate } from '../../testbed/certificates.ts'
import { startHttpsServer, startServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { failureOf, resolvesTo, withTransport } from '../support/transports.ts'

/** Every one of them is this machine, or a service of its network. */
const hosts: readonly string[] = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0177.0.0.1',
  '127.0.0.1.',
  '127.0.0.53',
  '0.0.0.0',
  '0',
  'localhost',
  'LOCALHOST',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '%31%32%37.0.0.1',
  '①②⑦.0.0.1',
  '127。0。0。1',
  '169.254.169.254',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '[::ffff:a9fe:a9fe]',
  '[fd00:ec2::254]',
  '10.0.0.1',
  '10.96.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '198.18.0.1',
  '[fe80::1]',
  '[fd00::1]',
  '224.0.0.1',
]

describe('what a Pod and a public registry can make the transport connect to', () => {
  let decoy: RunningServer
  beforeEach(async () => {
    decoy = await startServer(createServer(), { host: '0.0.0.0' })
  })
  afterEach(() => decoy.close())

  async function reasonFor(host: string, trust: Trust, options: Partial<TransportOptions>): Promise<string> {
    return withTransport(options, async (transport) => {
      const url = new URL(`https://${host}:${decoy.port}/v2/`)
      return (await failureOf(transport.request({ method: 'HEAD', url, trust }))).reason
    })
  }

  for (const trust of ['image', 'named'] as const) {
    for (const host of hosts) {
      it(`is not ${host} where the trust is ${trust}`, async () => {
        const reason = await reasonFor(host, trust, { lookup: systemResolver({ timeout: 5000 }).resolve })
        expect({ reason, connections: decoy.accepted }).to.deep.equal({ reason: 'blocked-address', connections: 0 })
      })
    }
  }

  it('is not a name with a forbidden address', async () => {
    const reason = await reasonFor('registry.test', 'image', { lookup: resolvesTo('127.0.0.1') })
    expect({ reason, connections: decoy.accepted }).to.deep.equal({ reason: 'blocked-address', connections: 0 })
  })

  it('is not a name with an allowed and a forbidden address', async () => {
    const options = { lookup: resolvesTo('127.0.0.1', '127.0.0.2'), allowedNetworks: ['127.0.0.1/32'] }
    const reason = await reasonFor('registry.test', 'image', options)
    expect({ reason, connections: decoy.accepted }).to.deep.equal({ reason: 'blocked-address', connections: 0 })
  })

  it('is not an allowed network where a public registry named the host', async () => {
    const reason = await reasonFor('127.0.0.1', 'named', { allowedNetworks: ['127.0.0.0/8'] })
    expect({ reason, connections: decoy.accepted }).to.deep.equal({ reason: 'blocked-address', connections: 0 })
  })

  it('is nothing that is not https', async () => {
    await withTransport({ allowedNetworks: ['127.0.0.0/8'] }, async (transport) => {
      const url = new URL(`http://127.0.0.1:${decoy.port}/`)
      await failureOf(transport.request({ method: 'GET', url, trust: 'configured' }))
      expect(decoy.accepted).to.equal(0)
    })
  })
})

describe('what may be connected to', () => {
  let authority: Authority
  let certificate: ServerCertificate
  let server: RunningServer
  before(async () => {
    authority = await createAuthority()
    certificate = await authority.issue({ names: ['registry.test', '127.0.0.1'] })
  })
  beforeEach(async () => {
    server = await startHttpsServer(certificate, (_request, response) =>
      response.writeHead(200, { connection: 'close' }).end(),
    )
  })
  afterEach(() => server.close())

  async function networkOf(
    host: string,
    trust: Trust,
    allowedNetworks: readonly string[],
    lookup: Resolve = resolvesTo('127.0.0.1'),
  ) {
    return withTransport({ ca: authority.certificate, allowedNetworks, lookup }, async (transport) => {
      const url = new URL(`https://${host}:${server.port}/`)
      return (await transport.request({ method: 'HEAD', url, trust })).network
    })
  }

  for (const host of ['registry.test', '127.0.0.1']) {
    it(`is an allowed network for an image's own host: ${host}`, async () => {
      expect(await networkOf(host, 'image', ['127.0.0.0/8'])).to.equal('allowed')
    })

    it(`is any network for a host that the operator wrote: ${host}`, async () => {
      expect(await networkOf(host, 'configured', [])).to.equal('public')
    })

    it(`is known as allowed for a host that the operator wrote: ${host}`, async () => {
      expect(await networkOf(host, 'configured', ['127.0.0.1/32'])).to.equal('allowed')
    })
  }

  it('is the address that was checked, whatever the name resolves to a moment later', async () => {
    const decoy = await startServer(createServer(), { host: '127.0.0.2', port: server.port })
    let lookups = 0
    const rebinding: Resolve = () => resolvesTo(lookups++ === 0 ? '127.0.0.1' : '127.0.0.2')('registry.test')
    try {
      await withTransport(
        { ca: authority.certificate, allowedNetworks: ['127.0.0.1/32'], lookup: rebinding },
        async (transport) => {
          const request = {
            method: 'GET',
            url: new URL(`https://registry.test:${server.port}/`),
            trust: 'image',
          } as const
          const { status } = await transport.request(request)
          expect({ status, lookups }).to.deep.equal({ status: 200, lookups: 1 })
          const { reason } = await failureOf(transport.request(request))
          expect({ reason, lookups, connections: decoy.accepted }).to.deep.equal({
            reason: 'blocked-address',
            lookups: 2,
            connections: 0,
          })
        },
      )
    } finally {
      await decoy.close()
    }
  })
})
