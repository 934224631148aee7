import type { V1Secret } from '@kubernetes/client-node'
import type { Api } from '../kubernetes/api.ts'
import type { Selection } from '../kubernetes/watch.ts'

/**
 * The Secrets of one name, in one namespace or in all (undefined). The API server sends no others, and RBAC need grant no
 * others: a list by the field `metadata.name` is authorized as one of that `resourceNames`.
 */
export function secretsNamed({ core }: Api, name: string, namespace: string | undefined): Selection<V1Secret> {
  const fieldSelector = `metadata.name=${name}`
  if (namespace === undefined)
    return { path: '/api/v1/secrets', fieldSelector, list: (page) => core.listSecretForAllNamespaces(page) }
  return {
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`,
    fieldSelector,
    list: (page) => core.listNamespacedSecret({ namespace, ...page }),
  }
}

/** The decoded value at a Secret's key; undefined where it has no such key. */
export function secretText({ data }: V1Secret, key: string): string | undefined {
  const value = data?.[key]
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString()
}

/** The `data` of a Secret that holds these texts. */
export function secretData(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]))
}
