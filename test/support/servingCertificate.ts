import { readCertificate, type Certificate } from '../../src/certificates/source.ts'
import type { Authority } from '../../testbed/certificates.ts'

/** A certificate for localhost, as a listener takes it. */
export async function issueFor(authority: Authority): Promise<Certificate> {
  const { cert, key } = await authority.issue({ names: ['localhost'] })
  const certificate = readCertificate(cert, key)
  if ('fault' in certificate) throw new Error(certificate.fault)
  return certificate
}
