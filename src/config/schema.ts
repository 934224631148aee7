import * as v from 'valibot'

import { checkSchema, policySchema, proxySchema } from './imageSchema.ts'
import { key, keyWithout } from './key.ts'
import {
  certificateHost,
  filePath,
  flag,
  licenseId,
  namespace,
  objectName,
  oneOf,
  port,
  secretName,
  slug,
  tlsVersion,
  wholeNumber,
} from './values.ts'

const licenseSchema = v.object({
  secret: keyWithout(
    "Secret in the webhook's own namespace that holds the license, read through the API server: `.dockerconfigjson`, `license.yaml` or `id`.",
    secretName,
  ),
  dockerConfigFile: keyWithout('File with a dockerconfigjson: what a kubelet pulls with.', filePath),
  file: keyWithout("The customer's license file, a `kots.io/v1beta1` `License`.", filePath),
  id: keyWithout('The license id. Better kept out of files: set `LICENSE_ID`.', licenseId),
})

const tlsSchema = v.object({
  minVersion: key(
    'The oldest version of TLS that is spoken: `"1.2"` (with AEAD and forward secrecy) or `"1.3"`.',
    tlsVersion,
    '1.2',
  ),
  mode: keyWithout(
    '`self`: the webhook makes its CA and its certificate, and renews them. `files`: they are read from `certFile` and `keyFile`, at each change anew.',
    oneOf('self', 'files'),
    '`files` where one of the two is given, else `self`',
  ),
  secret: keyWithout(
    "For `self`, the Secret in the webhook's own namespace that its replicas share their CA and certificate in.",
    secretName,
    'none: each process makes its own',
  ),
  certFile: keyWithout('File with the certificate and what it was issued by, PEM.', filePath),
  keyFile: keyWithout('File with its key, PEM.', filePath),
  hosts: key(
    'For `self`, the names that the certificate is good for. `localhost` where there is none.',
    v.array(certificateHost, 'a list of host names and IP addresses'),
    [],
  ),
})

/** Every key of the configuration with its default, except those defaults that depend on something else. */
export const configSchema = v.object({
  appSlug: key(
    'Slug of the application that the license is for. A license file tells it; every other source of the license needs it here.',
    slug,
    '',
  ),
  license: licenseSchema,
  proxy: proxySchema,
  policy: policySchema,
  check: checkSchema,
  pullSecret: v.object({
    name: keyWithout(
      'Name of the pull secret that is attached to Pods and copied to their namespaces. Default: `<appSlug>-registry`.',
      secretName,
      '`<appSlug>-registry`',
    ),
    provision: key(
      'Keep a copy of the pull secret in each namespace where a Pod is patched. When off, bring a Secret of that name there yourself.',
      flag,
      true,
    ),
  }),
  repair: v.object({
    enabled: keyWithout(
      'Mend Pods that wait for an image which the webhook would have changed: those that were created before it was ready, or while it could not be reached. Default: what `pullSecret.provision` is.',
      flag,
      '`pullSecret.provision`',
    ),
    perMinute: key('Pods that are mended in a minute at most, after the first 60.', wholeNumber(1, 10_000), 20),
  }),
  namespaces: key(
    'Namespaces that the pull secret is copied to and whose Pods are repaired; `["*"]` means all but `excludedNamespaces` and those of Kubernetes itself.',
    v.array(namespace, 'a list of namespaces'),
    [],
  ),
  excludedNamespaces: key('Namespaces whose Pods are never patched.', v.array(objectName, 'a list of namespaces'), []),
  server: v.object({
    port: key('Port of the webhook, https. 0 takes a free one.', port, 8443),
    tls: tlsSchema,
  }),
  kubernetes: v.object({
    namespace: keyWithout("The webhook's own namespace.", objectName, "the Pod's, or the kubeconfig's"),
    webhookConfiguration: keyWithout(
      "Name of the MutatingWebhookConfiguration that owns the webhook's objects, and whose `caBundle` it keeps up to date.",
      objectName,
    ),
    requestsPerSecond: key(
      "Requests a second to the API server at most, for keeping the pull secret's copies.",
      wholeNumber(1, 10_000),
      20,
    ),
  }),
  metrics: v.object({ port: key('Port of health and metrics, plain HTTP. 0 takes a free one.', port, 9090) }),
  log: v.object({
    level: key(
      '`trace`, `debug`, `info`, `warn`, `error` or `silent`.',
      oneOf('trace', 'debug', 'info', 'warn', 'error', 'silent'),
      'info',
    ),
    format: keyWithout('`json` or `pretty`.', oneOf('json', 'pretty'), '`pretty` on a terminal, else `json`'),
  }),
})

export type ValidConfig = v.InferOutput<typeof configSchema>
