import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'

/** A certificate chain and its key, both PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  /** Milliseconds since the epoch. */
  readonly expires: number
}

/** Where the serving certificate comes from. */
export interface CertificateSource {
  /** Calls `use` with the first usable certificate and every later one, `fault` with why there is none or no new one. */
  start(on: { use: (certificate: Certificate) => void; fault: (sentence: string) => void }): Promise<void>
  stop(): void
}

/** The pair as a server can use it, or why it cannot. */
export function readCertificate(cert: string, key: string): Certificate | { readonly fault: string } {
  try {
    createSecureContext({ cert, key })
    return { cert, key, expires: new X509Certificate(cert).validToDate.getTime() }
  } catch (error) {
    return { fault: `no usable certificate and key (${error instanceof Error ? error.message : String(error)})` }
  }
}
