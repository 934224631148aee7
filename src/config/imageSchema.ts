import * as v from 'valibot'

import { key, keyWithout, requiredKey } from './key.ts'
import {
  domain,
  duration,
  endpoint,
  filePath,
  flag,
  namePattern,
  network,
  oneOf,
  positiveDuration,
  registryHost,
  template,
  wholeNumber,
} from './values.ts'

/*
 * The keys that tell what is decided about an image.
 */

const leaveOrProxy = oneOf('leave', 'proxy')

export const proxySchema = v.object({
  domain: key(
    "Domain of the proxy registry that private images are pointed at: the vendor's custom one, where there is one.",
    domain,
    'proxy.replicated.com',
  ),
  registryDomain: key("Domain of the registry that hosts the vendor's own images.", domain, 'registry.replicated.com'),
  otherDomains: key(
    'Further names of these two: images there need only the pull secret.',
    v.array(domain, 'a list of registry hosts'),
    [],
  ),
  template: key(
    'Location of an image behind the proxy, made of `{domain}`, `{appSlug}`, `{image}` (as written), `{registry}`, `{host}`, `{repository}`, `{tag}`, `{digest}`, `{suffix}`.',
    template,
    '{domain}/proxy/{appSlug}/{image}',
  ),
  verify: key('Ask the proxy, with the license, whether it serves an image before pointing at it.', flag, true),
})

const rule = v.object({
  match: requiredKey(
    'The images that the rule is for, by their full name without tag (`docker.io/library/redis`): `*` stays within a segment, `**` goes across.',
    namePattern,
  ),
  action: requiredKey('Point the image at the proxy, or leave it alone.', oneOf('proxy', 'leave')),
  template: keyWithout('Location behind the proxy of the images of this rule.', template, '`proxy.template`'),
})

export const policySchema = v.object({
  mode: key(
    '`rewrite`, or `audit` to decide, log, count and warn, and to rewrite nothing but an image on an UPDATE whose Pod runs it from the proxy already.',
    oneOf('rewrite', 'audit'),
    'rewrite',
  ),
  proxyPublicImages: key('Point public images at the proxy as well.', flag, false),
  onMissing: key(
    'What to do with an image that its registry does not have, and the proxy could not be asked: `leave` or `proxy`.',
    leaveOrProxy,
    'leave',
  ),
  onUnknown: key(
    'What to do with an image whose registry gave no usable answer, and the proxy could not be asked: `leave` or `proxy`.',
    leaveOrProxy,
    'leave',
  ),
  onUnverified: key(
    'What to do with a private image when the proxy could not be asked: `leave` or `proxy`.',
    leaveOrProxy,
    'proxy',
  ),
  rules: key(
    'Rules that decide before any registry is asked; the first match wins. `match` is compared with the full name without tag (`docker.io/library/redis`), `*` stays within a segment, `**` goes across; `action` is `proxy` or `leave`; `template` is optional.',
    v.array(rule, 'a list of rules, each with match and action'),
    [],
  ),
})

export const checkSchema = v.object({
  deadline: key('Time for all images of a Pod together.', positiveDuration, '2500ms'),
  timeout: key('Time for one request to a registry.', positiveDuration, '2s'),
  total: key('Time for one check, which goes on behind a Pod that could not wait.', positiveDuration, '10s'),
  concurrency: key(
    'Checks of registries at once, altogether, of which one Pod takes at most a quarter and one namespace half; as many of the proxy may run beside them.',
    wholeNumber(1, 10_000),
    64,
  ),
  perHost: key(
    'Checks of one registry at once, of which one Pod takes at most a quarter and one namespace half.',
    wholeNumber(1, 10_000),
    16,
  ),
  allowedNetworks: key(
    'Private networks (CIDR) whose registries may be asked.',
    v.array(network, 'a list of networks'),
    [],
  ),
  caFile: keyWithout(
    'File with certificates that are trusted besides the public CAs, PEM. An issuing CA, or the certificate of the server itself, suffices.',
    filePath,
  ),
  endpoints: key(
    "For an image's registry, or a proxy domain, an https URL that is asked instead: a mirror, as in containerd's hosts.toml. `/v2` is appended to its path unless `v2` is a part of that; what follows `v2` comes before the repository.",
    v.record(registryHost, endpoint, 'a map from registry hosts to https URLs'),
    {},
  ),
  cache: v.object({
    maxEntries: key('Verdicts that are remembered at most.', wholeNumber(1, 10_000_000), 10_000),
    public: key('How long an image with a tag counts as public.', duration, '30m'),
    publicDigest: key('How long an image with a digest counts as public.', duration, '6h'),
    private: key('How long an image counts as private.', duration, '10m'),
    missing: key('How long an image counts as missing.', duration, '60s'),
    unknown: key('How long a registry that gave no answer is left in peace about an image.', duration, '15s'),
    stale: key('How long an old verdict still serves while its registry is down.', duration, '24h'),
  }),
})
