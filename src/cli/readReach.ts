import type { V1Namespace } from '@kubernetes/client-node'
import { ApiError } from '../kubernetes/apiError.ts'
import type { Api } from '../kubernetes/api.ts'
import type { Known, WebhookReach } from './webhookReach.ts'

/** A page of the API server's answer: its own clients ask for as many. */
const pageSize = 500

/** What an answer with a list of objects has in it. */
interface Page<Item> {
  readonly items: readonly Item[]
  readonly metadata?: { readonly _continue?: string }
}

/** All objects of a list, asked for page by page. @throws ApiError */
export async function listAll<Item>(
  list: (page: { readonly limit: number; readonly _continue?: string }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const all: Item[] = []
  let next: string | undefined
  do {
    const { items, metadata } = await list({ limit: pageSize, ...(next && { _continue: next }) })
    all.push(...items)
    next = metadata?._continue
  } while (next)
  return all
}

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
    known(listAll((page) => admissionregistration.listMutatingWebhookConfiguration({ ...page, ...only }))),
    known(
      namespace === undefined
        ? listAll((page) => core.listNamespace(page))
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
