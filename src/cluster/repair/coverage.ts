import type { V1MutatingWebhook } from '@kubernetes/client-node'
import { selects, type Labels } from '../../kubernetes/labelSelector.ts'
import { ownConditions } from '../../pod/matchConditions.ts'

/** What a MutatingWebhookConfiguration sends to the webhook. */
export interface Coverage {
  /** Whether a Pod with these labels, in a namespace with those, is sent there when it is created. */
  covers(namespace: Labels, pod: Labels): boolean
  /** Whether it has conditions in CEL besides the chart's own: only the API server can judge those. */
  readonly hasForeignConditions: boolean
}

/** @param webhooks those of a MutatingWebhookConfiguration */
export function readCoverage(
  webhooks: readonly Pick<V1MutatingWebhook, 'namespaceSelector' | 'objectSelector' | 'matchConditions'>[],
): Coverage {
  const conditions = webhooks.flatMap(({ matchConditions = [] }) => matchConditions)
  return {
    covers: (namespace, pod) =>
      webhooks.some(({ namespaceSelector, objectSelector }) => {
        return selects(namespaceSelector, namespace) && selects(objectSelector, pod)
      }),
    hasForeignConditions: conditions.some(({ name }) => !ownConditions.includes(name)),
  }
}
