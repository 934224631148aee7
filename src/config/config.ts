/** The whole configuration, validated and frozen. Durations are milliseconds. */
export interface Config {
  /** Empty where only the license can tell it. */
  readonly appSlug: string
  readonly license: LicenseConfig
  readonly proxy: ProxyConfig
  readonly policy: PolicyConfig
  readonly check: CheckConfig
  readonly pullSecret: { readonly name?: string; readonly provision: boolean }
  readonly repair: { readonly enabled: boolean; readonly perMinute: number }
  readonly namespaces: readonly string[]
  /** Of `*`. */
  readonly excludedNamespaces: readonly string[]
  readonly server: { readonly port: number; readonly tls: TlsConfig }
  readonly metrics: { readonly port: number }
  readonly kubernetes: KubernetesConfig
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'pretty' }
}

export interface LicenseConfig {
  /** A Secret in `kubernetes.namespace`. */
  readonly secret?: string
  readonly dockerConfigFile?: string
  readonly file?: string
  readonly id?: string
}

/** What the webhook makes in the cluster, and how it talks to the API server. */
export interface KubernetesConfig {
  /** Where the webhook's own objects are; the service account's namespace where it is not given. */
  readonly namespace?: string
  /** The MutatingWebhookConfiguration that owns them, and whose caBundle is kept. */
  readonly webhookConfiguration?: string
  readonly requestsPerSecond: number
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface ProxyConfig {
  readonly domain: string
  readonly registryDomain: string
  readonly otherDomains: readonly string[]
  readonly template: string
  readonly verify: boolean
}

export interface PolicyConfig {
  readonly mode: 'rewrite' | 'audit'
  readonly proxyPublicImages: boolean
  readonly onMissing: 'leave' | 'proxy'
  readonly onUnknown: 'leave' | 'proxy'
  readonly onUnverified: 'leave' | 'proxy'
  readonly rules: readonly Rule[]
}

export interface Rule {
  readonly match: string
  readonly action: 'proxy' | 'leave'
  readonly template?: string
}

export interface CheckConfig {
  /** For all images of one Pod together. */
  readonly deadline: number
  /** For one request. */
  readonly timeout: number
  /** For one check, which goes on behind a Pod that could not wait. */
  readonly total: number
  readonly concurrency: number
  readonly perHost: number
  /** CIDR ranges. */
  readonly allowedNetworks: readonly string[]
  readonly caFile?: string
  /** Host of an image, or a proxy domain → https URL to ask instead. */
  readonly endpoints: Readonly<Record<string, string>>
  readonly cache: CacheConfig
}

export interface CacheConfig {
  readonly maxEntries: number
  readonly public: number
  readonly publicDigest: number
  readonly private: number
  readonly missing: number
  readonly unknown: number
  readonly stale: number
}

export interface TlsConfig {
  readonly mode: 'self' | 'files'
  /** The Secret in `kubernetes.namespace` in which replicas share the certificate that they make. */
  readonly secret?: string
  readonly certFile?: string
  readonly keyFile?: string
  readonly hosts: readonly string[]
}
