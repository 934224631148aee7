import { createAuthority, type Authority } from './certificates.ts'
import { startLicensedProxy, type LicensedProxy } from './licensedProxy.ts'
import { startRegistry, type Registry, type RegistryOptions } from './registry.ts'

/** The vendor's account, known to the vendor's registries and to the proxy. */
const vendor = { username: 'vendor', password: 'the-vendor-alone-knows' }

/** The customer's license. */
export const licenseId = 'a-license-for-the-demo'
export const appSlug = 'my-app'

interface Part extends Omit<RegistryOptions, 'certificate'> {
  readonly host: string
  readonly about: string
  /** Whether the vendor told the proxy of it. */
  readonly linked: boolean
}

const parts: readonly Part[] = [
  {
    host: 'registry.k8s.io',
    about: 'public',
    access: 'open',
    linked: false,
    repositories: { pause: ['3.10'] },
  },
  {
    host: 'docker.io',
    about: 'public and private images, Bearer tokens',
    access: 'bearer',
    linked: true,
    public: ['library/redis', 'library/nginx', 'library/busybox', 'library/python', 'envoyproxy/envoy'],
    repositories: {
      'library/redis': ['7'],
      'library/nginx': ['latest'],
      'library/busybox': ['1.36'],
      'library/python': ['3.13-slim'],
      'envoyproxy/envoy': ['v1.33.0'],
      'my-org/private': ['1'],
    },
    ...vendor,
  },
  {
    host: 'quay.io',
    about: "the vendor's private images, Bearer tokens",
    access: 'bearer',
    linked: true,
    public: ['my-org/gone'],
    repositories: {
      'my-org/api': ['v1.0.1', 'v1.0.2', 'latest'],
      'my-org/migrations': ['v1.0.1'],
      'my-org/models': ['3'],
      'my-org/debug-tools': ['2'],
      'my-org/gone': [],
    },
    ...vendor,
  },
  {
    host: '499999999999.dkr.ecr.us-east-2.amazonaws.com',
    about: "the vendor's private images, Basic",
    access: 'basic',
    linked: true,
    repositories: { 'demo-apps/nginx': ['1'] },
    ...vendor,
  },
  {
    host: 'ghcr.io',
    about: 'private images of somebody else, not linked by the vendor',
    access: 'bearer',
    linked: false,
    repositories: { 'my-org/log-shipper': ['2'] },
  },
  {
    host: 'registry.internal.example.com',
    about: 'never answers',
    access: 'silent',
    linked: false,
    repositories: {},
  },
]

/** Registries of every kind, and the licensed proxy in front of them, each over https on a port of its own. */
export interface Scene {
  readonly authority: Authority
  readonly registries: readonly { readonly host: string; readonly about: string; readonly registry: Registry }[]
  readonly proxy: LicensedProxy
  /** For `check.endpoints`: the hosts that images name → where they are here. */
  readonly endpoints: Readonly<Record<string, string>>
  close(): Promise<void>
}

export const proxyDomain = 'proxy.replicated.com'
const hostedDomain = 'registry.replicated.com'

export async function startScene(): Promise<Scene> {
  const authority = await createAuthority('image-proxy-webhook demo')
  const certificate = await authority.issue({ names: ['localhost', '127.0.0.1'] })
  const started = await Promise.all(
    parts.map(async ({ host, about, linked, ...options }) => {
      return { host, about, linked, registry: await startRegistry({ ...options, certificate }) }
    }),
  )
  const links = started
    .filter(({ linked }) => linked)
    .map(({ host, registry }) => [host, { url: registry.url, ca: authority.certificate, ...vendor }] as const)
  const hosted = await startRegistry({
    access: 'basic',
    repositories: { 'my-app/worker': ['1.0.1'] },
    certificate,
    ...vendor,
  })
  const proxy = await startLicensedProxy({
    certificate,
    licenses: [licenseId],
    links: Object.fromEntries(links),
    hosted: { url: hosted.url, ca: authority.certificate, ...vendor },
  })
  const endpoints = started.map(({ host, registry }) => [host, registry.url] as const)
  return {
    authority,
    registries: started,
    proxy,
    endpoints: Object.fromEntries([...endpoints, [proxyDomain, proxy.url], [hostedDomain, proxy.url]]),
    close: async () => {
      await Promise.all([proxy.close(), hosted.close(), ...started.map(({ registry }) => registry.close())])
    },
  }
}
