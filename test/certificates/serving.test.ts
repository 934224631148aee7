import { X509Certificate } from 'node:crypto'
import { checkServerIdentity, connect, createServer } from 'node:tls'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { readServing, renewed, splitPem, trustedBy, validity, type Serving } from '../../src/certificates/serving.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const hosts = ['webhook.my-app.svc', '127.0.0.1', '::1']
const start = Date.UTC(2026, 0, 1)

function isSignedBy(pem: string, authority: string): boolean {
  return new X509Certificate(pem).verify(new X509Certificate(authority).publicKey)
}

describe('The serving certificate', () => {
  let first: Serving

  before(async () => {
    first = await renewed(undefined, hosts, start)
  })

  it('is accepted by a client that trusts its authority, for each of its hosts', async () => {
    const { serving, authority } = await renewed(undefined, hosts, Date.now())
    const server = createServer({ ...serving, minVersion: 'TLSv1.3' }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    for (const name of hosts) {
      const checked = connect({
        port,
        host: '127.0.0.1',
        ca: authority.cert,
        checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
      })
      await once(checked, 'secureConnect')
      expect(checked.authorized).to.be.true
      checked.destroy()
    }
    server.close()
  })

  it('is no authority, and its authority signs no other authorities', () => {
    expect(new X509Certificate(first.serving.cert).ca).to.be.false
    expect(new X509Certificate(first.authority.cert).ca).to.be.true
  })

  it('comes from an authority that may make no other one: its path length is 0', async () => {
    const { BasicConstraintsExtension, X509Certificate: Parsed } = await import('@peculiar/x509')
    expect(new Parsed(first.authority.cert).getExtension(BasicConstraintsExtension)?.pathLength).to.equal(0)
  })

  it('is valid already an hour ago, for clocks that are behind', () => {
    expect(validity(first.serving.cert).from).to.equal(start - hour)
    expect(validity(first.authority.cert).from).to.equal(start - hour)
  })

  it('lasts 90 days, and its authority a year', () => {
    expect(validity(first.serving.cert).until).to.equal(start + 90 * day)
    expect(validity(first.authority.cert).until).to.equal(start + 365 * day)
  })

  it('stays as it is while nothing is due', async () => {
    expect(await renewed(first, hosts, start + 59 * day)).to.equal(first)
    expect(await renewed(first, ['webhook.my-app.svc'], start)).to.equal(first)
  })

  it('is renewed when a third of its life is left, by the same authority', async () => {
    const next = await renewed(first, hosts, start + 61 * day)
    expect(next.serving).not.to.equal(first.serving)
    expect(next.authority).to.equal(first.authority)
  })

  it('is made anew for a further host, and stays good for the others', async () => {
    const { serving } = await renewed(first, ['other.my-app.svc'], start)
    const certificate = new X509Certificate(serving.cert)
    expect(certificate.checkHost('other.my-app.svc')).to.be.a('string')
    expect(certificate.checkHost('webhook.my-app.svc')).to.be.a('string')
  })

  it('does not outlive its authority', async () => {
    const late = await renewed({ ...first, retired: [] }, ['other.my-app.svc'], start + 364 * day)
    const { authority, serving } = late
    expect(validity(serving.cert).until).to.be.at.most(validity(authority.cert).until)
  })

  it('starts afresh where a clock that was ahead made it', async () => {
    const ahead = await renewed(undefined, hosts, start + 9 * hour)
    const next = await renewed(ahead, hosts, start)
    expect(validity(next.serving.cert).from).to.be.at.most(start)
    expect(validity(next.authority.cert).from).to.be.at.most(start)
    const renewedAhead = { ...first, serving: ahead.serving }
    expect(validity((await renewed(renewedAhead, hosts, start)).serving.cert).from).to.be.at.most(start)
  })

  it('starts afresh when its authority has ended', async () => {
    const next = await renewed(first, hosts, start + 365 * day)
    expect(next.retired).to.be.empty
    expect(isSignedBy(next.serving.cert, next.authority.cert)).to.be.true
  })

  describe('when its authority ages', () => {
    let ageing: Serving
    let replaced: Serving
    const due = start + 244 * day

    before(async () => {
      ageing = await renewed(first, hosts, due - 10 * day)
      replaced = await renewed(ageing, hosts, due)
    })

    it('stays, while a new authority is made known beside the old one', () => {
      expect(replaced.authority).not.to.equal(ageing.authority)
      expect(splitPem(trustedBy(replaced))).to.deep.equal([replaced.authority.cert, ageing.authority.cert])
      expect(replaced.serving).to.equal(ageing.serving)
    })

    it('stays for the ten minutes in which API servers learn of the new one', async () => {
      expect(await renewed(replaced, hosts, due + 9 * minute)).to.equal(replaced)
    })

    it('is then signed by the new one, and the old one stays trusted', async () => {
      const next = await renewed(replaced, hosts, due + 10 * minute)
      expect(isSignedBy(next.serving.cert, next.authority.cert)).to.be.true
      expect(next.retired).to.deep.equal([ageing.authority.cert])
    })

    it('forgets the old one when that has ended', async () => {
      const next = await renewed(await renewed(replaced, hosts, due + 10 * minute), hosts, start + 366 * day)
      expect(next.retired).to.be.empty
    })
  })

  describe('as it was stored', () => {
    const stored = ({ serving, authority, retired }: Serving) => ({
      cert: serving.cert,
      key: serving.key,
      authorities: [authority.cert, ...retired].join(''),
      authorityKey: authority.key,
    })

    it('is read back', () => {
      expect(readServing(stored(first))).to.deep.equal(first)
    })

    it('is not used with a part that is missing, spoiled or another one’s', async () => {
      const other = stored(await renewed(undefined, hosts, start))
      for (const part of ['cert', 'key', 'authorities', 'authorityKey'] as const) {
        for (const value of [undefined, '', 'spoiled', other[part]]) {
          expect(readServing({ ...stored(first), [part]: value }), `${part} ${value ?? ''}`).to.be.undefined
        }
      }
    })
  })
})
