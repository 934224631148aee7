import type { LicenseCredentials } from '../../src/registry/proxyVerdicts.ts'
import { bearer, challenge, json } from './registry.ts'
import { useScene, type SceneOptions } from './registryScene.ts'

/** A password that must show up nowhere. */
export const canary = 'license-canary-2f6c1b'

export const domain = 'proxy.replicated.com'
export const image = `${domain}/proxy/app/quay.io/team/secret:1`
export const custom = 'images.vendor.com'
export const domains = [domain, custom, 'registry.replicated.com']
export const license = licenseOf(canary, 'f1')
export const basicLicense = basicOf(canary)
export const basicChallenge = challenge('Basic realm="proxy"')
export const granted = json(200, { token: 'licensed-token', expires_in: 300 })
export const realmHere = challenge(bearer('/token', { service: 's' }))

/** A license that is good for all of the domains. */
export function licenseOf(password: string, fingerprint: string): LicenseCredentials {
  return licenseBy(Object.fromEntries(domains.map((domain) => [domain, password])), fingerprint)
}

/** A license with a password for each of some domains. */
export function licenseBy(passwords: Readonly<Record<string, string>>, fingerprint = 'f1'): LicenseCredentials {
  const byDomain = new Map(
    Object.entries(passwords).map(([domain, password]) => [domain, { username: 'LICENSE_ID', password }]),
  )
  return { byDomain, fingerprint }
}

/** Call it in a `describe`: its tests share a scene, and lookups for which the proxy's domains are all licensed. */
export function useLicensedProxy() {
  const scene = useScene()
  const licensed = (options?: SceneOptions) =>
    scene.lookup(domains, { credentials: () => license, operatorDomains: domains, ...options })
  return { scene, licensed }
}

export function basicOf(password: string): string {
  return `Basic ${Buffer.from(`LICENSE_ID:${password}`).toString('base64')}`
}

/** The requests of a check that is answered by a Basic challenge, and by one that asks for a token. */
export const withBasic = ['HEAD manifest', 'HEAD manifest with credentials']
export const withToken = ['HEAD manifest', 'GET token with credentials', 'HEAD manifest with token']
