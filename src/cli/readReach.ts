import type { V1Namespace } from '@kubernetes/client-node'
import { ApiError } from '../kubernetes/apiError.ts'
import type { Api } from '../kubernetes/api.ts'
import { listAll } from '../kubernetes/pages.ts'
import { pageSize } from './openCluster.ts'
import type { Known, WebhookReach } from './webhookReach.ts'

/**
 * What tells about which Pods the webhook is asked, of one namespace or of all of them. Whoever may read Pods need not be
 * permitted to read this.
 *
 * @param configuration the only MutatingWebhookConfiguration that counts: the webhook's own Pods may read no other
 */
export async function readReach(
  { core, admissionregistration }: Api,
  { namespace, configuration }: { readonly namespace?: string; readonly configuration?: string },
): Promise<WebhookReach> {
  const only = configuration === undefined ? {} : { fieldSelector: `metadata.name=${configuration}` }
  const [configurations, namespaces] = await Promise.all([
    known(listAll((page) => admissionregistration.listMutatingWebhookConfiguration({ ...page, ...only }), pageSize)),
    known(
      namespace === undefined
        ? listAll((page) => core.listNamespace(page), pageSize)
        : core.readNamespace({ name: namespace }).then((one) => [one]),
    ),
  ])
  const labels = (objects: readonly V1Namespace[]) =>
    new Map(objects.map(({ metadata }) => [metadata?.name ?? '', metadata?.labels ?? {}]))
  return {
    configurations,
    namespaces: 'value' in namespaces ? { value: labels(namespaces.value) } : namespaces,
  }
}

async function known<T>(answer: Promise<T>): Promise<Known<T>> {
  try {
    return { value: await answer }
  } catch (error) {
    if (error instanceof ApiError) return { fault: error.message }
    throw error
  }
}
