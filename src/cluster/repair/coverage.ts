import type { V1LabelSelector, V1LabelSelectorRequirement, V1MutatingWebhook } from '@kubernetes/client-node'

type Labels = Readonly<Record<string, string>>

/** The chart's own conditions, which hold for every Pod that is repaired: no mirror, not ignored, a creation. */
const ownConditions = ['no-mirror-pods', 'not-ignored', 'images-changed']

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

/**
 * Whether a label selector selects these labels; one that is absent or empty selects everything.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/
 */
export function selects({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector = {}, labels: Labels): boolean {
  const isEqual = Object.entries(matchLabels).every(([key, value]) => labels[key] === value)
  return isEqual && matchExpressions.every((expression) => meets(expression, labels))
}

function meets({ key, operator, values = [] }: V1LabelSelectorRequirement, labels: Labels): boolean {
  const value = labels[key]
  const isListed = value !== undefined && values.includes(value)
  switch (operator) {
    case 'In':
      return isListed
    case 'NotIn':
      return !isListed
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      // An operator that comes with a later Kubernetes: to touch nothing is the safe side.
      return false
  }
}
