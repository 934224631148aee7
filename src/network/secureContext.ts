import { X509Certificate } from 'node:crypto'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'

/**
 * The context for TLS connections to registries, which may be shared by all of them: reading the roots takes 13 ms and
 * 4 MB. Throws an error that says what is wrong with the CA.
 *
 * @param ca PEM of one certificate or several, trusted in addition to what Node trusts. As with Go programs, which is
 *   what else runs in a cluster, an issuing CA's or the server's own certificate suffices: it need not be a root.
 */
export function secureContextTrusting(ca: string | undefined): SecureContext {
  if (ca === undefined) return createSecureContext({ minVersion: 'TLSv1.2' })
  return createSecureContext({
    minVersion: 'TLSv1.2',
    ca: [...getCACertificates('default'), ...certificatesIn(ca)],
    allowPartialTrustChain: true,
  })
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
