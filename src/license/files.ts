import { followFiles } from '../followFiles.ts'
import { licenseFromDockerConfig, licenseFromFile, licenseFromId } from './content.ts'
import type { LicenseHosts } from './hosts.ts'
import type { LicenseState } from './source.ts'

export interface LicenseSources {
  readonly dockerConfigFile?: string
  readonly file?: string
  readonly id?: string
}

/**
 * Tells `listener` of the license in the first of `sources` that is set, or of what is wrong with it, now and at each
 * later change.
 *
 * @param interval in milliseconds, how often the files are looked at.
 */
export async function followLicenseFiles(
  { dockerConfigFile, file, id }: LicenseSources,
  hosts: LicenseHosts,
  listener: (state: LicenseState) => void,
  interval?: number,
): Promise<{ stop(): void }> {
  const [path, read] =
    dockerConfigFile === undefined ? [file, licenseFromFile] : [dockerConfigFile, licenseFromDockerConfig]
  if (path === undefined) {
    listener(id === undefined ? {} : licenseFromId(id, hosts))
    return { stop: () => undefined }
  }
  return followFiles(
    [path],
    (contents) => {
      if ('fault' in contents) {
        listener(contents)
        return
      }
      const reading = read(contents.texts.join(''), hosts)
      listener('fault' in reading ? { fault: `${path}: ${reading.fault}` } : reading)
    },
    interval,
  )
}
