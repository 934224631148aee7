import '../src/certificates/reflectMetadata.ts'
import { randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'

export interface ServerCertificate {
  /** PEM. */
  readonly cert: string
  /** PEM, PKCS #8. */
  readonly key: string
}

export interface Validity {
  /** Default: an hour ago. */
  readonly notBefore?: Date
  /** Default: in a day. */
  readonly notAfter?: Date
}

export interface CertificateRequest extends Validity {
  /** DNS names and IP addresses the certificate is for. */
  readonly names: readonly string[]
}

export interface Authority {
  /** PEM of the CA's own certificate. */
  readonly certificate: string
  issue(request: CertificateRequest): Promise<ServerCertificate>
  /** Makes an authority below this one. */
  delegate(name: string): Promise<Authority>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
/** Whose signatures take ten times as long to verify. */
const costlyAlgorithm = { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' }
type Algorithm = typeof algorithm
const hour = 3_600_000

/** Makes a certificate authority with a fresh key. */
export async function createAuthority(name = 'Test CA', validity: Validity = {}): Promise<Authority> {
  return createRoot(name, algorithm, validity)
}

/** Makes an authority, and those that it delegates to, with keys whose signatures take long to verify. */
export async function createCostlyAuthority(name: string): Promise<Authority> {
  return createRoot(name, costlyAlgorithm, {})
}

async function createRoot(name: string, algorithm: Algorithm, validity: Validity): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...period(validity),
    serialNumber: serialNumber(),
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    extensions: await authorityExtensions(keys.publicKey),
  })

  return authority(certificate, keys.privateKey, algorithm)
}

/** An authority that there is already. @param key PEM, PKCS #8, of a P-256 key */
export async function loadAuthority({ cert, key }: ServerCertificate): Promise<Authority> {
  const [der] = x509.PemConverter.decode(key)
  if (der === undefined) throw new Error('no PEM in the key of the authority')
  return authority(
    new x509.X509Certificate(cert),
    await webcrypto.subtle.importKey('pkcs8', der, algorithm, true, ['sign']),
    algorithm,
  )
}

function authority(
  certificate: x509.X509Certificate,
  signingKey: webcrypto.CryptoKey,
  signingAlgorithm: Algorithm,
): Authority {
  async function issue(request: CertificateRequest): Promise<ServerCertificate> {
    const serverKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const issued = await x509.X509CertificateGenerator.create({
      ...period(request),
      serialNumber: serialNumber(),
      subject: 'CN=test server',
      // Not as text: a name that is encoded anew differs byte for byte, and Go compares bytes.
      issuer: certificate.subjectName,
      publicKey: serverKeys.publicKey,
      signingKey,
      signingAlgorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          request.names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
        ),
        await x509.AuthorityKeyIdentifierExtension.create(certificate.publicKey),
      ],
    })
    const key = await webcrypto.subtle.exportKey('pkcs8', serverKeys.privateKey)
    return { cert: issued.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') }
  }

  async function delegate(name: string): Promise<Authority> {
    const keys = await webcrypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify'])
    const delegated = await x509.X509CertificateGenerator.create({
      ...period({}),
      serialNumber: serialNumber(),
      subject: `CN=${name}`,
      issuer: certificate.subjectName,
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm,
      extensions: [
        ...(await authorityExtensions(keys.publicKey)),
        await x509.AuthorityKeyIdentifierExtension.create(certificate.publicKey),
      ],
    })
    return authority(delegated, keys.privateKey, signingAlgorithm)
  }

  return { certificate: certificate.toString('pem'), issue, delegate }
}

async function authorityExtensions(publicKey: webcrypto.CryptoKey): Promise<x509.Extension[]> {
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
  ]
}

function period({ notBefore, notAfter }: Validity) {
  const now = Date.now()
  return { notBefore: notBefore ?? new Date(now - hour), notAfter: notAfter ?? new Date(now + 24 * hour) }
}

/** Positive, as RFC 5280 section 4.1.2.2 wants it. */
function serialNumber(): string {
  return `01${randomBytes(15).toString('hex')}`
}
