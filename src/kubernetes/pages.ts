import type { KubernetesListObject, KubernetesObject } from '@kubernetes/client-node'

/** What a typed client is asked for: some objects of a list, from the beginning or where the last answer ended. */
export interface Page {
  readonly fieldSelector?: string
  readonly labelSelector?: string
  readonly limit: number
  readonly _continue?: string
}

type ListPage<T extends KubernetesObject> = (
  page: Pick<Page, 'limit' | '_continue'>,
) => Promise<KubernetesListObject<T>>

/** Objects in one answer: bounds the memory that a cluster of any size takes. */
const usualSize = 250

/**
 * The answers of a list, one page after the other, so that a list of any size takes the memory of one page.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 *
 * @param list asks for one page: `(page) => api.core.listSecretForAllNamespaces(page)`; what it throws is thrown here
 * @param limit objects in one answer at most
 */
export async function* pagesOf<T extends KubernetesObject>(
  list: ListPage<T>,
  limit = usualSize,
): AsyncGenerator<KubernetesListObject<T>, void, undefined> {
  let next: string | undefined
  do {
    const page = await list({ limit, ...(next && { _continue: next }) })
    yield page
    next = page.metadata?._continue
  } while (next)
}

/** All objects of a list, asked for page by page. */
export async function listAll<T extends KubernetesObject>(list: ListPage<T>, limit = usualSize): Promise<T[]> {
  const all: T[] = []
  for await (const { items } of pagesOf(list, limit)) all.push(...items)
  return all
}
