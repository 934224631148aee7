import { type License, type LicenseReading } from '../../src/license/content.ts'
import { licenseHosts } from '../../src/license/hosts.ts'

export const domain = 'images.vendor.com'
export const proxy = {
  domain,
  registryDomain: 'registry.replicated.com',
  otherDomains: [] as string[],
  template: '{domain}/proxy/{appSlug}/{image}',
}
export const hosts = licenseHosts(proxy)
/** A license id, of which no message may hold a part. */
export const canary = '2mGcAnArYlicense0000000000'
export const encode = (text: string) => Buffer.from(text).toString('base64')
export const auth = encode(`LICENSE_ID:${canary}`)

export function usable(reading: LicenseReading): License {
  if ('fault' in reading) throw new Error(reading.fault)
  return reading.license
}

export function faultOf(reading: LicenseReading): string {
  return 'fault' in reading ? reading.fault : 'a license'
}

export function auths({ dockerConfigJson }: License): unknown {
  return (JSON.parse(dockerConfigJson) as { auths: unknown }).auths
}

/** The password that a license has for each host. */
export function passwords({ credentials }: License): Record<string, string> {
  return Object.fromEntries([...credentials].map(([host, { password }]) => [host, password]))
}

/** Whether a text holds any 8 characters in a row of the license id. */
export function tells(text: string): boolean {
  return Array.from({ length: canary.length - 7 }, (_, start) => canary.slice(start, start + 8)).some((part) =>
    text.includes(part),
  )
}
