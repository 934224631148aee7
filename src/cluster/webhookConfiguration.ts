import type { V1LabelSelector, V1MutatingWebhook, V1MutatingWebhookConfiguration } from '@kubernetes/client-node'
import { isObject } from '../json.ts'
import { hasStatus } from '../kubernetes/apiError.ts'
import { caBundlePatch } from './caBundle.ts'
import type { Api } from '../kubernetes/api.ts'
import { namespaceName, selects } from '../kubernetes/labelSelector.ts'
import { manager, type Owner } from './ownership.ts'
import { watchObjects } from '../kubernetes/watch.ts'

const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'

/** How often a patch is tried again after somebody else changed the configuration at the same time. */
const attempts = 5

/** The MutatingWebhookConfiguration that sends Pods here: it owns what the webhook makes, and says whom to trust. */
export interface WebhookConfiguration {
  readonly name: string
  /**
   * - `unknown`: the API server has not told yet
   * - `absent`: it does not exist yet
   * - `present`
   * - `deleted`: it did exist: the webhook is being uninstalled, and must leave nothing new behind
   */
  state(): 'unknown' | 'absent' | 'present' | 'deleted'
  /** Undefined unless it is present. */
  owner(): Owner | undefined
  /**
   * Whether its namespaceSelector names this namespace among those whose Pods are sent here. Selectors by other labels
   * than the name name none: they would have to be looked up.
   */
  selects(namespace: string): boolean
  /** Undefined unless it is present. */
  webhooks(): readonly V1MutatingWebhook[] | undefined
  /** Calls `listener` at each change from now on. */
  onChange(listener: () => void): void
  /**
   * Has each of its webhooks trust `authorities` (PEM) beside those that it trusts already.
   * @returns whether something was missing
   * @throws ApiError
   */
  trust(authorities: string): Promise<boolean>
  stop(): void
}

export interface WebhookConfigurationOptions {
  readonly api: Api
  readonly name: string
  readonly now?: () => number
  /** Why it cannot be watched; undefined when it can be again. */
  readonly onFault?: (sentence: string | undefined) => void
}

/** Follows the MutatingWebhookConfiguration of this name from now on. */
export function watchWebhookConfiguration({
  api,
  name,
  now = Date.now,
  onFault,
}: WebhookConfigurationOptions): WebhookConfiguration {
  const { admissionregistration } = api
  const listeners: (() => void)[] = []
  let state: ReturnType<WebhookConfiguration['state']> = 'unknown'
  let current: V1MutatingWebhookConfiguration | undefined
  let listing = false

  function become(object: V1MutatingWebhookConfiguration | undefined): void {
    current = object
    if (object !== undefined) state = 'present'
    else state = state === 'present' || state === 'deleted' ? 'deleted' : 'absent'
    for (const listener of listeners) listener()
  }

  const watch = watchObjects(
    api,
    {
      path,
      fieldSelector: `metadata.name=${name}`,
      list: (page) => admissionregistration.listMutatingWebhookConfiguration(page),
    },
    {
      relisting: () => {
        listing = true
      },
      seen: (object) => {
        listing = false
        become(object)
      },
      gone: () => {
        become(undefined)
      },
      listed: () => {
        if (listing) become(undefined)
      },
      fault: (sentence) =>
        onFault?.(sentence === undefined ? undefined : `the ${name} MutatingWebhookConfiguration: ${sentence}`),
    },
  )

  return {
    name,
    state: () => state,
    owner: () => (current === undefined ? undefined : { name, uid: current.metadata?.uid ?? '' }),
    selects: (namespace) =>
      (current?.webhooks ?? []).some(({ namespaceSelector }) => selectsByName(namespaceSelector, namespace)),
    webhooks: () => current && (current.webhooks ?? []),
    onChange: (listener) => {
      listeners.push(listener)
    },
    async trust(authorities) {
      let present = current
      for (let left = attempts; present !== undefined; left--) {
        const body = caBundlePatch(present, authorities, now())
        if (body.length === 0) return false
        try {
          await admissionregistration.patchMutatingWebhookConfiguration(
            { name, body, fieldManager: manager },
            api.with({ urgent: true, patch: 'JsonPatch' }),
          )
          return true
        } catch (error) {
          if (hasStatus(error, 404)) return false
          // Someone else was faster: what they left decides what is missing now.
          if (left === 0 || !hasStatus(error, 409, 422)) throw error
          present = await admissionregistration.readMutatingWebhookConfiguration({ name }, api.with({ urgent: true }))
        }
      }
      return false
    },
    stop: () => {
      watch.stop()
    },
  }
}

function selectsByName(selector: V1LabelSelector | undefined, namespace: string): boolean {
  const namesThem = (selector?.matchExpressions ?? []).some(({ key }) => key === namespaceName)
  return namesThem && isObject(selector) && selects(selector, { [namespaceName]: namespace })
}
