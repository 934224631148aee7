import '../../src/certificates/reflectMetadata.ts'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

/** What the Secret of a serving certificate holds where an authority with an RSA key made it. */
export async function rsaServing(host: string): Promise<Record<string, string>> {
  const rsa = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  }
  const [authorityKeys, keys] = await Promise.all([
    webcrypto.subtle.generateKey(rsa, true, ['sign', 'verify']),
    webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']),
  ])
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=RSA CA',
    keys: authorityKeys,
    signingAlgorithm: rsa,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  })
  const serving = await x509.X509CertificateGenerator.create({
    subject: 'CN=webhook',
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: rsa,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }])],
  })
  const pem = async (key: webcrypto.CryptoKey): Promise<string> =>
    x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
  return {
    'tls.crt': serving.toString('pem'),
    'tls.key': await pem(keys.privateKey),
    'ca.crt': `${authority.toString('pem')}\n`,
    'ca.key': await pem(authorityKeys.privateKey),
  }
}
