import type { V1LabelSelector, V1LabelSelectorRequirement } from '@kubernetes/client-node'

export type Labels = Readonly<Record<string, string>>

/** Each namespace has this label with its name: https://kubernetes.io/docs/reference/labels-annotations-taints/ */
export const namespaceName = 'kubernetes.io/metadata.name'

/**
 * Whether a label selector selects these labels; one that is absent or empty selects everything.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/
 */
export function selects({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector = {}, labels: Labels): boolean {
  const isEqual = Object.entries(matchLabels).every(([key, value]) => labels[key] === value)
  return isEqual && matchExpressions.every((expression) => meets(expression, labels))
}

/** Whether labels meet one requirement of a selector. */
export function meets({ key, operator, values = [] }: V1LabelSelectorRequirement, labels: Labels): boolean {
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
