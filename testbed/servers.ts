import type { ServerCertificate } from './certificates.ts'
import type { Listen } from './httpsServer.ts'
import { startLicensedProxy, type LicensedProxy } from './licensedProxy.ts'
import { startRegistry, type Registry, type RegistryOptions } from './registry.ts'

/** The vendor's account, known to the vendor's registries and to the proxy. */
const vendor = { username: 'vendor', password: 'the-vendor-alone-knows' }

/** The customer's license. */
export const licenseId = 'a-license-for-the-demo'
export const appSlug = 'my-app'

interface Part extends Omit<RegistryOptions, 'certificate' | 'listen'> {
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

export const proxyDomain = 'proxy.replicated.com'
const hostedDomain = 'registry.replicated.com'

export interface ServersOptions {
  /** For the names and addresses under which the servers are asked. */
  readonly certificate: ServerCertificate
  /** PEM of the authority that signed it. */
  readonly ca: string
  /** The port of the first server; the others follow, on every address of the machine. Default: free ports of 127.0.0.1. */
  readonly firstPort?: number
  /** See `LicensedProxyOptions`. */
  readonly listenPlain?: Listen
}

/** Registries of every kind, and the licensed proxy in front of them, each over https on a port of its own. */
export interface Servers {
  readonly registries: readonly { readonly host: string; readonly about: string; readonly registry: Registry }[]
  readonly proxy: LicensedProxy
  /** For `check.endpoints`: the hosts that images name → where they are here. */
  readonly endpoints: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Each server's name, in the order of their ports: what images say, and at last the proxy's own. */
const names = [...parts.map(({ host }) => host), hostedDomain, proxyDomain]

/** For `check.endpoints`: where the servers are that were started with `firstPort`, seen from elsewhere. */
export function endpointsAt(address: string, firstPort: number): Record<string, string> {
  const url = (name: string) => `https://${address.includes(':') ? `[${address}]` : address}:${portOf(name, firstPort)}`
  // What the license's own registry hosts is read through the proxy alone.
  const seen = names.map((name) => [name, url(name === hostedDomain ? proxyDomain : name)] as const)
  return Object.fromEntries(seen)
}

/** All ports of the servers that are started with `firstPort`. */
export function portsFrom(firstPort: number): number[] {
  return names.map((name) => portOf(name, firstPort))
}

function portOf(name: string, firstPort: number): number {
  return firstPort + names.indexOf(name)
}

export async function startServers({ certificate, ca, firstPort, listenPlain }: ServersOptions): Promise<Servers> {
  const at = (name: string) => ({
    certificate,
    ...(firstPort === undefined ? {} : { listen: { host: '', port: portOf(name, firstPort) } }),
  })
  const started = await Promise.all(
    parts.map(async ({ host, about, linked, ...options }) => {
      return { host, about, linked, registry: await startRegistry({ ...options, ...at(host) }) }
    }),
  )
  const links = started
    .filter(({ linked }) => linked)
    .map(({ host, registry }) => [host, { url: registry.url, ca, ...vendor }] as const)
  const hosted = await startRegistry({
    access: 'basic',
    repositories: { 'my-app/worker': ['1.0.1'] },
    ...at(hostedDomain),
    ...vendor,
  })
  const proxy = await startLicensedProxy({
    ...at(proxyDomain),
    ...(listenPlain && { listenPlain }),
    licenses: [licenseId],
    links: Object.fromEntries(links),
    hosted: { url: hosted.url, ca, ...vendor },
  })
  const endpoints = started.map(({ host, registry }) => [host, registry.url] as const)
  return {
    registries: started,
    proxy,
    endpoints: Object.fromEntries([...endpoints, [proxyDomain, proxy.url], [hostedDomain, proxy.url]]),
    close: async () => {
      await Promise.all([proxy.close(), hosted.close(), ...started.map(({ registry }) => registry.close())])
    },
  }
}
