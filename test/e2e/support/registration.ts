import { isObject } from '../../../src/json.ts'
import { appSlug } from '../../../testbed/scene.ts'
import { at, manifests, only } from '../../chart/support/helm.ts'

export interface Registration {
  readonly name: string
  readonly url: string
  /** PEM of the authority that signed the webhook's certificate. */
  readonly ca: string
  readonly namespaces: readonly string[]
}

/**
 * The chart's MutatingWebhookConfiguration, so that its rules and selectors are what the API server goes by, for a
 * webhook outside of the cluster.
 */
export async function registration({ name, url, ca, namespaces }: Registration): Promise<string> {
  const [namespace, ...additionalNamespaces] = namespaces
  const values = {
    appSlug,
    license: { id: 'any' },
    additionalNamespaces,
    pullSecret: { provision: false },
  }
  const objects = await manifests(values, namespace === undefined ? {} : { namespace })
  const chart = only(objects, 'MutatingWebhookConfiguration')
  const webhook = at(chart, 'webhooks.0')
  if (!isObject(webhook)) throw new Error('the chart registers no webhook')
  return JSON.stringify({
    ...chart,
    metadata: { name },
    webhooks: [{ ...webhook, clientConfig: { url, caBundle: Buffer.from(ca).toString('base64') } }],
  })
}
