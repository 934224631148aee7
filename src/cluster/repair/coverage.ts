import { arrayAt, objectAt, textAt, type JsonObject } from '../../json.ts'

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

/** @param webhooks the list of that name of a MutatingWebhookConfiguration */
export function readCoverage(webhooks: readonly unknown[]): Coverage {
  const selectors = webhooks.map((webhook) => ({
    namespace: objectAt(webhook, 'namespaceSelector'),
    object: objectAt(webhook, 'objectSelector'),
  }))
  const conditions = webhooks.flatMap((webhook) => arrayAt(webhook, 'matchConditions'))
  return {
    covers: (namespace, pod) =>
      selectors.some((selector) => selects(selector.namespace, namespace) && selects(selector.object, pod)),
    hasForeignConditions: conditions.some((condition) => !ownConditions.includes(textAt(condition, 'name') ?? '')),
  }
}

/**
 * Whether a label selector selects these labels; one that is absent or empty selects everything.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/
 */
export function selects(selector: JsonObject | undefined, labels: Labels): boolean {
  const equal = Object.entries(objectAt(selector, 'matchLabels') ?? {}).every(([key, value]) => labels[key] === value)
  return equal && arrayAt(selector, 'matchExpressions').every((expression) => meets(expression, labels))
}

function meets(expression: unknown, labels: Labels): boolean {
  const value = labels[textAt(expression, 'key') ?? '']
  const isListed = value !== undefined && arrayAt(expression, 'values').includes(value)
  switch (textAt(expression, 'operator')) {
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
