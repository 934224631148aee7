import { ApiError, hasStatus, isTransient } from '../../kubernetes/apiError.ts'
import type { ObjectName, RepairApi } from './repairApi.ts'

/**
 * Finds out whether the API server sends reviews to the webhook and gets answers. A Pod that is replaced before it does
 * would come back unchanged. A replica cannot tell by itself: the API server asks only replicas that are ready, and
 * reaches one only when the network of its own node knows of it.
 */
export interface ReviewProbe {
  /** @param pod one that the webhook is asked about when it changes. @throws ApiError where the API server is not there */
  isAsked(pod: ObjectName): Promise<boolean>
}

/** No image reference, so that the webhook says that it leaves it alone, and asks no registry. */
export const noReference = 'image-proxy-webhook: is it asked?'

/** Milliseconds for which an answer is reused: a yes stays true for long, a no may change at any moment. */
const lifetime = { yes: 10_000, no: 1000 }

/** @param now milliseconds, which must not go back */
export function createReviewProbe(api: Pick<RepairApi, 'tryImage'>, now: () => number): ReviewProbe {
  let last: { readonly answer: boolean; readonly until: number } | undefined
  let underWay: Promise<boolean> | undefined

  async function ask(pod: ObjectName): Promise<boolean> {
    const answer = await api.tryImage(pod, noReference).then(isAnswered, readRefusal)
    last = { answer, until: now() + (answer ? lifetime.yes : lifetime.no) }
    return answer
  }

  return {
    isAsked: (pod) => {
      if (last !== undefined && now() < last.until) return Promise.resolve(last.answer)
      underWay ??= ask(pod).finally(() => (underWay = undefined))
      return underWay
    },
  }
}

/** @param warnings as the header has them, where quotation marks are escaped */
function isAnswered(warnings: string): boolean {
  return warnings.includes(`${noReference}\\" is left alone`)
}

function readRefusal(error: unknown): boolean {
  // With `failurePolicy: Fail`, a webhook that cannot be asked.
  if (hasStatus(error, 500)) return false
  // A policy that refuses such a change says nothing of the webhook: the new Pod itself will tell.
  if (error instanceof ApiError && !isTransient(error)) return true
  throw error
}
