import { followFiles } from '../followFiles.ts'
import { readCertificate, type CertificateSource } from './source.ts'

/** The certificate in two PEM files, read anew when either changes. A pair that does not match is not used. */
export function certificateFiles(certFile: string, keyFile: string, interval?: number): CertificateSource {
  let stop = (): void => undefined
  return {
    async start({ use, fault }) {
      const watch = await followFiles(
        [certFile, keyFile],
        (contents) => {
          if ('fault' in contents) {
            fault(contents.fault)
            return
          }
          const [cert = '', key = ''] = contents.texts
          const certificate = readCertificate(cert, key)
          if ('fault' in certificate) fault(`${certFile} and ${keyFile}: ${certificate.fault}`)
          else use(certificate)
        },
        interval,
      )
      stop = () => {
        watch.stop()
      }
    },
    stop: () => {
      stop()
    },
  }
}
