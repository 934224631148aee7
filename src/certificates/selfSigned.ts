import { readCertificate, type CertificateSource } from './source.ts'
import { renewed, type Serving } from './serving.ts'

export interface SelfSignedCertificateOptions {
  /** DNS names and IP addresses that the certificate is for. */
  readonly hosts: readonly string[]
  readonly now?: () => number
  /** Milliseconds between looks at whether a renewal is due. */
  readonly interval?: number
}

/** A certificate that is made at start, renewed in time, and known to this process alone. */
export function selfSignedCertificate({
  hosts,
  now = Date.now,
  interval = 60_000,
}: SelfSignedCertificateOptions): CertificateSource {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  return {
    async start({ use, fault }) {
      let current: Serving | undefined

      async function renew(): Promise<void> {
        const next = await renewed(current, hosts, now())
        const certificate = readCertificate(next.serving.cert, next.serving.key)
        if (stopped) return
        if ('fault' in certificate) fault(certificate.fault)
        else if (next.serving !== current?.serving) use(certificate)
        current = next
      }

      /** For ever: whatever goes wrong once, the next look may find it in order. */
      async function look(): Promise<void> {
        try {
          await renew()
        } catch (error) {
          fault(`no certificate could be made: ${error instanceof Error ? error.message : String(error)}`)
        }
        if (!stopped) timer = setTimeout(() => void look(), interval).unref()
      }

      await look()
    },
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}
