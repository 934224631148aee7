import { X509Certificate } from 'node:crypto'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'

/**
 * The context for TLS connections to registries, which may be shared by all of them: reading the roots takes 13 ms and
 * 4 MB. Throws an error that says what is wrong with the CA.
 *
 * @param ca PEM of one certificate or several, trusted in addition to what Node trusts.
 */
export function secureContextTrusting(ca: string | undefined): SecureContext {
  const trusted = ca === undefined ? {} : { ca: [...getCACertificates('default'), ...certificatesIn(ca)] }
  return createSecureContext({ minVersion: 'TLSv1.2', ...trusted })
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
