import type { V1MutatingWebhook, V1MutatingWebhookConfiguration } from '@kubernetes/client-node'
import { meets, namespaceName, selects, type Labels } from '../kubernetes/labelSelector.ts'
import { ignoreLabel } from '../pod/annotation.ts'
import { ownConditions } from '../pod/matchConditions.ts'

/** What was read of a cluster, or why it could not be. */
export type Known<T> = { readonly value: T } | { readonly fault: string }

/** What tells about which Pods a cluster's API server asks the webhook. */
export interface WebhookReach {
  readonly configurations: Known<readonly V1MutatingWebhookConfiguration[]>
  /** Each namespace's labels, by its name. */
  readonly namespaces: Known<ReadonlyMap<string, Labels>>
}

interface OwnWebhook {
  readonly configuration: string
  readonly webhook: V1MutatingWebhook
}

/** More names of namespaces than these are not told in a sentence. */
const mostNames = 10

/**
 * Why the API server does not ask the webhook about a new Pod with these labels, as a clause; undefined where it asks, where
 * no webhook is installed yet, and where it cannot be known.
 */
export function whyNotAsked(
  { configurations, namespaces }: WebhookReach,
  namespace: string,
  pod: Labels,
): string | undefined {
  const labels = 'value' in namespaces ? namespaces.value.get(namespace) : undefined
  if (labels?.[ignoreLabel] === 'true') return `namespace ${namespace} has the label ${ignoreLabel}=true`
  const webhooks = 'value' in configurations ? ownWebhooks(configurations.value) : []
  const reasons = webhooks.map((own) => namespaceClause(own, namespace, labels) ?? podClause(own, pod))
  return reasons.every((reason) => reason !== undefined) ? reasons[0] : undefined
}

/** Sentences about what could not be known, and about what the answers do not tell. */
export function reachNotes({ configurations, namespaces }: WebhookReach): string[] {
  const notes: string[] = []
  if ('fault' in configurations) {
    notes.push(
      `whether the webhook is asked about these Pods is not known: the MutatingWebhookConfigurations cannot be read: ${configurations.fault}`,
    )
  } else {
    const webhooks = ownWebhooks(configurations.value)
    if (webhooks.length === 0)
      notes.push('the webhook is not installed in this cluster: this is what it would do where it is asked')
    const foreign = webhooks.flatMap(({ webhook: { matchConditions = [] } }) => matchConditions.map(({ name }) => name))
    const others = [...new Set(foreign)].filter((name) => !ownConditions.includes(name))
    if (others.length > 0)
      notes.push(
        `only the API server can tell for which Pods the webhook's matchConditions hold (${others.join(', ')}): they are taken to hold`,
      )
  }
  if ('fault' in namespaces) {
    notes.push(
      `whether a namespace opts out by the label ${ignoreLabel} is not known: its labels cannot be read: ${namespaces.fault}`,
    )
  }
  return notes
}

/** Our webhooks, whatever the release is called: no others look at our label. */
function ownWebhooks(configurations: readonly V1MutatingWebhookConfiguration[]): OwnWebhook[] {
  return configurations.flatMap(({ metadata, webhooks = [] }) =>
    webhooks
      .filter(({ namespaceSelector, objectSelector }) =>
        [namespaceSelector, objectSelector].some((selector) =>
          selector?.matchExpressions?.some(({ key }) => key === ignoreLabel),
        ),
      )
      .map((webhook) => ({ configuration: metadata?.name ?? '', webhook })),
  )
}

/** @param labels undefined where they are not known: then the namespace's name alone is judged. */
function namespaceClause(
  { configuration, webhook: { namespaceSelector } }: OwnWebhook,
  namespace: string,
  labels: Labels | undefined,
): string | undefined {
  const expressions = namespaceSelector?.matchExpressions ?? []
  const failing = expressions.find((expression) => {
    return expression.key === namespaceName && !meets(expression, { [namespaceName]: namespace })
  })
  const object = `the MutatingWebhookConfiguration ${configuration}`
  if (failing !== undefined) {
    const names = listed(failing.values ?? [])
    return failing.operator === 'In'
      ? `namespace ${namespace} is none of those that ${object} selects (${names}): additionalNamespaces of the chart adds it`
      : `namespace ${namespace} is one of those that ${object} leaves out (${names}): excludedNamespaces of the chart, and the cluster's own`
  }
  if (labels === undefined || selects(namespaceSelector, { ...labels, [namespaceName]: namespace })) return undefined
  return `the labels of namespace ${namespace} do not match the namespaceSelector of ${object}`
}

function podClause({ configuration, webhook: { objectSelector } }: OwnWebhook, labels: Labels): string | undefined {
  if (labels[ignoreLabel] === 'true' || selects(objectSelector, labels)) return undefined
  return `the Pod's labels do not match the objectSelector of the MutatingWebhookConfiguration ${configuration}`
}

function listed(names: readonly string[]): string {
  const more = names.length - mostNames
  return more > 0 ? `${names.slice(0, mostNames).join(', ')} and ${more} more` : names.join(', ')
}
