import { licenseFromId, type License } from '../../src/license/content.ts'

/** The license of an id, good for `domains`. */
export function licenseFor(id: string, ...domains: string[]): License {
  const reading = licenseFromId(id, { configured: domains, all: domains })
  if ('fault' in reading) throw new Error(reading.fault)
  return reading.license
}
