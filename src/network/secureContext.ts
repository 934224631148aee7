import { X509Certificate } from 'node:crypto'
import {
  createSecureContext,
  DEFAULT_CIPHERS,
  getCACertificates,
  type SecureContext,
  type SecureContextOptions,
} from 'node:tls'

/**
 * Without the key exchange of finite fields: a server chooses the field, which may be so large that a handshake keeps this
 * process busy for a quarter of a second. Hardly anybody speaks it who does not speak that of elliptic curves.
 */
const ciphers = `${DEFAULT_CIPHERS}:!DHE`

/**
 * Gives the context for TLS connections to registries, which all of them share. It is made when it is first asked for,
 * since reading the roots takes 13 ms and 4 MB. Throws an error that says what is wrong with the CA, at once.
 *
 * @param ca PEM of one certificate or several, trusted in addition to what Node trusts. As with Go programs, which is
 *   what else runs in a cluster, an issuing CA's or the server's own certificate suffices: it need not be a root.
 */
export function secureContextTrusting(ca: string | undefined): () => SecureContext {
  const certificates = ca === undefined ? undefined : certificatesIn(ca)
  let context: SecureContext | undefined
  return () =>
    (context ??= createSecureContext({ minVersion: 'TLSv1.2', ciphers, ...(certificates && trusting(certificates)) }))
}

function trusting(certificates: readonly string[]): SecureContextOptions {
  return { ca: [...getCACertificates('default'), ...certificates], allowPartialTrustChain: true }
}

/** The certificates one by one: OpenSSL passes over what it cannot read in a text, the first certificate included. */
function certificatesIn(pem: string): string[] {
  // The labels that OpenSSL reads certificates from (its PEM_read_bio_X509_AUX).
  const blocks = pem.match(/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^]*?(?=-----BEGIN |$)/g)
  if (blocks === null) throw new Error('the CA holds no certificate in PEM')
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block).toString()
    } catch (cause) {
      throw new Error(`certificate ${index + 1} of the CA cannot be read`, { cause })
    }
  })
}
