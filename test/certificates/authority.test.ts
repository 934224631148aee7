import { X509Certificate, createPrivateKey } from 'node:crypto'
import { expect } from 'chai'
import { createAuthority, issueCertificate, type KeyPair } from '../../src/certificates/authority.ts'

const validity = { from: Date.UTC(2026, 0, 1), until: Date.UTC(2026, 3, 1) }

describe('An authority for certificates', () => {
  let pair: KeyPair
  let certificate: X509Certificate
  before(async () => {
    pair = await createAuthority('test CA', { from: Date.UTC(2025, 11, 1), until: Date.UTC(2027, 0, 1) })
    certificate = new X509Certificate(pair.cert)
  })

  it('has the name it is given, and signs itself', () => {
    expect(certificate.subject).to.equal('CN=test CA')
    expect(certificate.verify(certificate.publicKey)).to.be.true
  })

  it('is valid for the time it is given', () => {
    expect([certificate.validFromDate, certificate.validToDate]).to.deep.equal([
      new Date(Date.UTC(2025, 11, 1)),
      new Date(Date.UTC(2027, 0, 1)),
    ])
  })

  it('has the key that its certificate is for', () => {
    expect(certificate.checkPrivateKey(createPrivateKey(pair.key))).to.be.true
  })

  it('has a positive serial number of 16 bytes, and another one each time', async () => {
    const other = new X509Certificate((await createAuthority('test CA', validity)).cert)
    expect(certificate.serialNumber).to.match(/^01[0-9A-F]{30}$/)
    expect(other.serialNumber).not.to.equal(certificate.serialNumber)
  })

  describe('issues a certificate that', () => {
    let issued: KeyPair
    let server: X509Certificate
    before(async () => {
      issued = await issueCertificate(pair, ['webhook.my-app.svc', '10.0.0.1', 'fd00::1'], validity)
      server = new X509Certificate(issued.cert)
    })

    it('it has signed', () => {
      expect([server.checkIssued(certificate), server.verify(certificate.publicKey)]).to.deep.equal([true, true])
    })

    it('is for names and for addresses, each as what it is', () => {
      expect(server.subjectAltName).to.equal(
        'DNS:webhook.my-app.svc, IP Address:10.0.0.1, IP Address:FD00:0:0:0:0:0:0:1',
      )
    })

    it('is for servers alone, and no authority', () => {
      expect([server.keyUsage, server.ca]).to.deep.equal([['1.3.6.1.5.5.7.3.1'], false])
    })

    it('has the key that its certificate is for, and not that of the authority', () => {
      expect(server.checkPrivateKey(createPrivateKey(issued.key))).to.be.true
      expect(server.checkPrivateKey(createPrivateKey(pair.key))).to.be.false
    })
  })

  it('issues a certificate for a name of more than 64 characters, for which a common name has no room', async () => {
    const host = `${'a'.repeat(60)}.${'b'.repeat(60)}.svc`
    const { cert } = await issueCertificate(pair, [host], validity)
    expect(new X509Certificate(cert).checkHost(host)).to.equal(host)
  })
})
