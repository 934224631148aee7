import * as v from 'valibot'

import {
  certificateHost,
  domain,
  duration,
  endpoint,
  filePath,
  flag,
  isRegistry,
  licenseId,
  namePattern,
  namespace,
  network,
  objectName,
  oneOf,
  port,
  positiveDuration,
  secretName,
  slug,
  template,
  wholeNumber,
} from './values.ts'

const leaveOrProxy = oneOf('leave', 'proxy')

const rule = v.object({
  match: namePattern,
  action: oneOf('proxy', 'leave'),
  template: v.exactOptional(template),
})

const registryHost = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.check(isRegistry, 'as key the host of a registry, such as docker.io or registry.example.com:5000'),
)

/** Every key of the configuration with its default, except the defaults that depend on something else. */
export const configSchema = v.object({
  appSlug: v.optional(slug, ''),
  license: v.object({
    secret: v.exactOptional(secretName),
    dockerConfigFile: v.exactOptional(filePath),
    file: v.exactOptional(filePath),
    id: v.exactOptional(licenseId),
  }),
  proxy: v.object({
    domain: v.optional(domain, 'proxy.replicated.com'),
    registryDomain: v.optional(domain, 'registry.replicated.com'),
    otherDomains: v.optional(v.array(domain, 'a list of registry hosts'), []),
    template: v.optional(template, '{domain}/proxy/{appSlug}/{image}'),
    verify: v.optional(flag, true),
  }),
  policy: v.object({
    mode: v.optional(oneOf('rewrite', 'audit'), 'rewrite'),
    proxyPublicImages: v.optional(flag, false),
    onMissing: v.optional(leaveOrProxy, 'leave'),
    onUnknown: v.optional(leaveOrProxy, 'leave'),
    onUnverified: v.optional(leaveOrProxy, 'proxy'),
    rules: v.optional(v.array(rule, 'a list of rules, each with match and action'), []),
  }),
  check: v.object({
    deadline: v.optional(positiveDuration, '2500ms'),
    timeout: v.optional(positiveDuration, '2s'),
    total: v.optional(positiveDuration, '10s'),
    concurrency: v.optional(wholeNumber(1, 10_000), 64),
    perHost: v.optional(wholeNumber(1, 10_000), 16),
    allowedNetworks: v.optional(v.array(network, 'a list of networks'), []),
    caFile: v.exactOptional(filePath),
    endpoints: v.optional(v.record(registryHost, endpoint, 'a map from registry hosts to https URLs'), {}),
    cache: v.object({
      maxEntries: v.optional(wholeNumber(1, 10_000_000), 10_000),
      public: v.optional(duration, '30m'),
      publicDigest: v.optional(duration, '6h'),
      private: v.optional(duration, '10m'),
      missing: v.optional(duration, '60s'),
      unknown: v.optional(duration, '15s'),
      stale: v.optional(duration, '24h'),
    }),
  }),
  pullSecret: v.object({
    name: v.exactOptional(secretName),
    provision: v.optional(flag, true),
  }),
  repair: v.object({
    enabled: v.exactOptional(flag),
    perMinute: v.optional(wholeNumber(1, 10_000), 20),
  }),
  namespaces: v.optional(v.array(namespace, 'a list of namespaces'), []),
  excludedNamespaces: v.optional(v.array(objectName, 'a list of namespaces'), []),
  server: v.object({
    port: v.optional(port, 8443),
    tls: v.object({
      mode: v.exactOptional(oneOf('self', 'files')),
      secret: v.exactOptional(secretName),
      certFile: v.exactOptional(filePath),
      keyFile: v.exactOptional(filePath),
      hosts: v.optional(v.array(certificateHost, 'a list of host names and IP addresses'), []),
    }),
  }),
  kubernetes: v.object({
    namespace: v.exactOptional(objectName),
    webhookConfiguration: v.exactOptional(objectName),
    requestsPerSecond: v.optional(wholeNumber(1, 10_000), 20),
  }),
  metrics: v.object({ port: v.optional(port, 9090) }),
  log: v.object({
    level: v.optional(oneOf('trace', 'debug', 'info', 'warn', 'error', 'silent'), 'info'),
    format: v.exactOptional(oneOf('json', 'pretty')),
  }),
})

export type ValidConfig = v.InferOutput<typeof configSchema>
