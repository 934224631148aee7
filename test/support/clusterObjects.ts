import type { V1MutatingWebhookConfiguration } from '@kubernetes/client-node'

/** The path of a Secret. */
export function secretPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/secrets/${name}`
}

export const configurationPath = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/webhook'

/** A MutatingWebhookConfiguration that sends the Pods of these namespaces. */
export function configurationFor(namespaces: readonly string[]): V1MutatingWebhookConfiguration {
  const expression = { key: 'kubernetes.io/metadata.name', operator: 'In', values: [...namespaces] }
  return {
    metadata: { name: 'webhook' },
    webhooks: [
      {
        name: 'pods.image-proxy-webhook.io',
        admissionReviewVersions: ['v1'],
        sideEffects: 'NoneOnDryRun',
        clientConfig: {},
        namespaceSelector: { matchExpressions: [expression] },
      },
    ],
  }
}
