import '../../src/certificates/reflectMetadata.ts'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { expect } from 'chai'
import { createTransport } from '../../src/network/transport.ts'
import { createAuthority, type Authority, type ServerCertificate } from '../../testbed/certificates.ts'
import { startHttpsServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { failureOf, withTransport } from '../support/transports.ts'

describe('a CA that the transport trusts beside the usual ones', () => {
  let authority: Authority
  let stranger: string
  let server: RunningServer
  before(async () => {
    authority = await createAuthority()
    stranger = `${(await createAuthority()).certificate}\n`
    const certificate = await authority.issue({ names: ['registry.test'] })
    server = await startHttpsServer(certificate, (_, response) => response.end())
  })
  after(() => server.close())

  const body = (pem: string) => pem.replace(/-----.*-----|\n/g, '')

  const accepted: readonly (readonly [what: string, ca: () => string])[] = [
    ['alone', () => authority.certificate],
    ['after another', () => stranger + authority.certificate],
    ['before another', () => `${authority.certificate}\n${stranger}`],
    ['before another that a line break is missing to', () => authority.certificate + stranger],
    ['with text around it', () => `# our CA\n${authority.certificate}\n# the end\n`],
    ['after a byte order mark', () => `\ufeff${authority.certificate}`],
    ['in lines that end as on Windows', () => authority.certificate.replaceAll('\n', '\r\n')],
    ['under an old name', () => authority.certificate.replaceAll(' CERTIFICATE', ' X509 CERTIFICATE')],
    ['as OpenSSL writes trusted ones', () => authority.certificate.replaceAll(' CERTIFICATE', ' TRUSTED CERTIFICATE')],
  ]
  for (const [what, ca] of accepted) {
    it(`is trusted ${what}`, async () => {
      const url = new URL(`https://registry.test:${server.port}/`)
      const { status } = await withTransport({ ca: ca() }, (transport) =>
        transport.request({ method: 'GET', url, trust: 'configured' }),
      )

      expect(status).to.equal(200)
    })
  }

  const refused: readonly (readonly [what: string, ca: () => string, fault: string])[] = [
    ['is empty', () => '', 'the CA holds no certificate in PEM'],
    ['is something else', () => '<html>not found</html>', 'the CA holds no certificate in PEM'],
    ['is DER in base64', () => body(authority.certificate), 'the CA holds no certificate in PEM'],
    ['is a key', () => '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', 'holds no certificate in PEM'],
    ['is cut off', () => authority.certificate.slice(0, 300), 'certificate 1 of the CA cannot be read'],
    ['holds rubbish', () => authority.certificate.replace('MII', 'AII'), 'certificate 1 of the CA cannot be read'],
    [
      'is cut off before another',
      () => authority.certificate.slice(0, 300) + stranger,
      'certificate 1 of the CA cannot be read',
    ],
    [
      'has a damaged second certificate',
      () => authority.certificate + stranger.replace('-----END', '!-----END'),
      'certificate 2 of the CA cannot be read',
    ],
  ]
  for (const [what, ca, fault] of refused) {
    it(`is refused where it ${what}`, () => {
      expect(() => createTransport({ timeout: 1000, allowedNetworks: [], ca: ca() })).to.throw(fault)
    })
  }
})

describe('a certificate that the transport trusts although it is no root', () => {
  let root: Authority
  let issuing: Authority
  let certificate: ServerCertificate
  before(async () => {
    root = await createAuthority('root')
    issuing = await root.delegate('issuing')
    certificate = await issuing.issue({ names: ['registry.test'] })
  })

  async function statusWith(ca: string, shown: ServerCertificate): Promise<number> {
    const server = await startHttpsServer(shown, (_, response) => response.end())
    try {
      return await withTransport({ ca }, async (transport) => {
        const url = new URL(`https://registry.test:${server.port}/`)
        return (await transport.request({ method: 'GET', url, trust: 'configured' })).status
      })
    } finally {
      await server.close()
    }
  }
  const withIssuer = () => ({ ...certificate, cert: `${certificate.cert}\n${issuing.certificate}` })

  it('is the CA that issued the certificate of the server', async () => {
    expect(await statusWith(issuing.certificate, certificate)).to.equal(200)
  })

  it('is the CA that issued it where the server shows that one, too', async () => {
    expect(await statusWith(issuing.certificate, withIssuer())).to.equal(200)
  })

  it('is the certificate of the server itself', async () => {
    expect(await statusWith(certificate.cert, certificate)).to.equal(200)
  })

  it('is not another certificate of the same CA', async () => {
    const other = await issuing.issue({ names: ['registry.test'] })
    expect((await failureOf(statusWith(other.cert, withIssuer()))).reason).to.equal('tls')
  })
})

describe('a server that knows no key exchange but that of finite fields', () => {
  it('is not talked to: it would choose a field that keeps this process busy', async () => {
    const { cert, key } = await selfSigned()
    const suite = { ciphers: 'DHE-RSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2', dhparam: 'auto' } as const
    const server = await startHttpsServer({ cert, key }, (_, response) => response.end(), suite)
    const url = new URL(`https://registry.test:${server.port}/`)
    const failure = await withTransport({ ca: cert }, (transport) =>
      failureOf(transport.request({ method: 'GET', url, trust: 'configured' })),
    ).finally(() => server.close())
    expect(failure.message).to.include('handshake failure')
  })

  /** With RSA, as the suites of finite fields have it. */
  async function selfSigned(): Promise<{ cert: string; key: string }> {
    const signingAlgorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    const keys = await webcrypto.subtle.generateKey(
      { ...signingAlgorithm, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
      true,
      ['sign', 'verify'],
    )
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=registry.test',
      keys,
      signingAlgorithm,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'registry.test' }])],
    })
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
    return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') }
  }
})
