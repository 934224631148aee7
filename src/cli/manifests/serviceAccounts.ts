import type { Operation } from 'fast-json-patch'
import { arrayAt, isObject, objectAt, textAt, type JsonObject } from '../../json.ts'
import type { FoundPod } from './pods.ts'

/** The pull secrets of the ServiceAccounts that some manifests hold, by `namespace/name`. */
export type ServiceAccounts = ReadonlyMap<string, readonly unknown[]>

const path = '/spec/imagePullSecrets'

/** Finds the ServiceAccounts among manifests, also in the items of a List. */
export function serviceAccountsOf(manifests: readonly (JsonObject | undefined)[]): ServiceAccounts {
  const objects = manifests.flatMap((manifest) => [manifest, ...arrayAt(manifest, 'items')]).filter(isObject)
  const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount')
  return new Map(
    accounts.map((account) => {
      const namespace = textAt(account['metadata'], 'namespace') ?? ''
      return [`${namespace}/${textAt(account['metadata'], 'name') ?? ''}`, arrayAt(account, 'imagePullSecrets')]
    }),
  )
}

/** What becomes of a Pod's patch by its ServiceAccount. */
export interface MergedPatch {
  readonly patch: readonly Operation[]
  /** The ServiceAccount, as `namespace/name`, whose pull secrets are not known and would be lost. */
  readonly unknownAccount?: string
}

/**
 * The patch after which a Pod pulls with the secrets of its ServiceAccount as well: the API server gives them to a Pod that
 * names none, and none of them to a Pod that names one.
 * https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#add-imagepullsecrets-to-a-service-account
 */
export function mergeServiceAccount(
  { pod, namespace }: Pick<FoundPod, 'pod' | 'namespace'>,
  patch: readonly Operation[],
  accounts: ServiceAccounts,
): MergedPatch {
  const spec = objectAt(pod, 'spec')
  const added = patch.filter((operation) => operation.path.startsWith(path))
  if (added.length === 0 || arrayAt(spec, 'imagePullSecrets').length > 0) return { patch }
  const name = textAt(spec, 'serviceAccountName') ?? textAt(spec, 'serviceAccount') ?? 'default'
  const key = `${namespace}/${name}`
  const theirs = accounts.get(key)
  if (theirs === undefined) return { patch, unknownAccount: key }
  const names = new Set(theirs.map((entry) => textAt(entry, 'name')))
  const ours = added.flatMap(secretsOf).filter((entry) => !names.has(textAt(entry, 'name')))
  const others = patch.filter((operation) => !added.includes(operation))
  return { patch: ours.length === 0 ? others : [...others, { op: 'add', path, value: [...theirs, ...ours] }] }
}

function secretsOf(operation: Operation): unknown[] {
  const value: unknown = 'value' in operation ? operation.value : undefined
  return Array.isArray(value) ? value : [value]
}
