import {
  InvalidLicenseError,
  licenseFromDockerConfig,
  licenseFromFile,
  licenseFromId,
  type License,
} from './content.ts'
import type { LicenseState } from './source.ts'
import { followFiles } from '../followFiles.ts'

export interface LicenseSources {
  readonly dockerConfigFile?: string
  readonly file?: string
  readonly id?: string
}

/**
 * Tells `listener` of the license in the first of `sources` that is set, now and at each later change. A source that
 * cannot be read takes the license away: pulling with a license that was taken back would fail later and less clearly.
 */
export async function followLicenseFiles(
  { dockerConfigFile, file, id }: LicenseSources,
  hosts: readonly string[],
  listener: (state: LicenseState) => void,
  interval?: number,
): Promise<{ stop(): void }> {
  const [path, read] =
    dockerConfigFile === undefined ? [file, licenseFromFile] : [dockerConfigFile, licenseFromDockerConfig]
  if (path === undefined) {
    listener(id === undefined ? {} : licenseState(() => licenseFromId(id, hosts)))
    return { stop: () => undefined }
  }
  return followFiles(
    [path],
    (contents) => {
      if ('fault' in contents) listener({ fault: contents.fault })
      else listener(licenseState(() => read(contents.texts.join(''), hosts), path))
    },
    interval,
  )
}

function licenseState(read: () => License, path?: string): LicenseState {
  try {
    return { license: read() }
  } catch (error) {
    if (error instanceof InvalidLicenseError)
      return { fault: path === undefined ? error.message : `${path}: ${error.message}` }
    throw error
  }
}
