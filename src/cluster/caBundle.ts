import { X509Certificate } from 'node:crypto'
import type { V1MutatingWebhook, V1MutatingWebhookConfiguration } from '@kubernetes/client-node'
import type { Operation } from 'fast-json-patch'
import { splitPem } from '../certificates/serving.ts'

/** How many authorities a caBundle may have; beyond that the oldest of others are dropped. */
const most = 10

/**
 * The JSON patch after which each webhook of `configuration` trusts `authorities` (PEM); empty where all do. Authorities
 * that are trusted already and still valid stay: another replica, or the one before an upgrade, may serve with them.
 *
 * A JSON patch and no server-side apply: that would make us an owner of the list's entry, and `helm upgrade` with Helm 4
 * could then not take a webhook away or rename it.
 */
export function caBundlePatch(
  configuration: V1MutatingWebhookConfiguration,
  authorities: string,
  now: number,
): Operation[] {
  const ours = splitPem(authorities)
  const operations = (configuration.webhooks ?? []).flatMap((webhook, index): Operation[] => {
    const present = bundleOf(webhook)
    const known = new Set(present.map(fingerprint))
    if (ours.every((pem) => known.has(fingerprint(pem)))) return []
    const own = new Set(ours.map(fingerprint))
    const others = present.filter(
      (pem) => !own.has(fingerprint(pem)) && new X509Certificate(pem).validToDate.getTime() > now,
    )
    const bundle = [...ours, ...others].slice(0, most).map((pem) => pem.trim() + '\n')
    return [
      {
        op: 'add',
        path: `/webhooks/${index}/clientConfig/caBundle`,
        value: Buffer.from(bundle.join('')).toString('base64'),
      },
    ]
  })
  if (operations.length === 0) return []
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: configuration.metadata?.resourceVersion },
    ...operations,
  ]
}

function bundleOf({ clientConfig }: V1MutatingWebhook): string[] {
  const bundle = clientConfig.caBundle ?? ''
  return splitPem(Buffer.from(bundle, 'base64').toString()).filter((pem) => fingerprint(pem) !== undefined)
}

function fingerprint(pem: string): string | undefined {
  try {
    return new X509Certificate(pem).fingerprint256
  } catch {
    return undefined
  }
}
