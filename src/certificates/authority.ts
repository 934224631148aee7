import { randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'

/** A certificate and its private key (PKCS #8), both PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

/** When a certificate is valid, in milliseconds since the epoch. */
export interface Validity {
  readonly from: number
  readonly until: number
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** Makes a certificate authority with a fresh key. */
export async function createAuthority(name: string, validity: Validity): Promise<KeyPair> {
  const x509 = await library()
  const keys = await createKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...period(validity),
    serialNumber: serialNumber(),
    name: [{ CN: [name] }],
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { cert: certificate.toString('pem'), key: await exportKey(keys.privateKey) }
}

/** A server certificate for `hosts` (DNS names and IP addresses) with a fresh key, signed by `authority`. */
export async function issueCertificate(
  authority: KeyPair,
  hosts: readonly string[],
  validity: Validity,
): Promise<KeyPair> {
  const x509 = await library()
  const keys = await createKeys()
  const issuer = new x509.X509Certificate(authority.cert)
  const certificate = await x509.X509CertificateGenerator.create({
    ...period(validity),
    serialNumber: serialNumber(),
    // Clients go by the alternative names alone; a common name has room for 64 characters and a Service's name may be longer.
    subject: [{ CN: ['image-proxy-webhook'] }],
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(await issuer.publicKey.export()),
    ],
  })
  return { cert: certificate.toString('pem'), key: await exportKey(keys.privateKey) }
}

/** Loaded when something is made, which is seldom: it costs 25 MB. */
async function library() {
  return (await import('./x509.ts')).x509
}

function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const { PemConverter } = await library()
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const { PemConverter } = await library()
  return webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(pem), algorithm, false, ['sign'])
}

function period({ from, until }: Validity) {
  return { notBefore: new Date(from), notAfter: new Date(until) }
}

/** Positive, as RFC 5280 section 4.1.2.2 wants it. */
function serialNumber(): string {
  return `01${randomBytes(15).toString('hex')}`
}
