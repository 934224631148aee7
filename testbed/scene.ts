import { createAuthority, type Authority } from './certificates.ts'
import { startServers, type Servers } from './servers.ts'

export { appSlug, licenseId, proxyDomain } from './servers.ts'

/** Registries of every kind, and the licensed proxy in front of them, with certificates of an authority of their own. */
export interface Scene extends Servers {
  readonly authority: Authority
}

/** On free ports of this machine. */
export async function startScene(): Promise<Scene> {
  const authority = await createAuthority('image-proxy-webhook demo')
  const certificate = await authority.issue({ names: ['localhost', '127.0.0.1'] })
  return { authority, ...(await startServers({ certificate, ca: authority.certificate })) }
}
