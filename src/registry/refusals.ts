import { LRUCache } from 'lru-cache'
import type { ProxyVerdict } from '../decision/verdict.ts'
import type { Reference } from '../reference/reference.ts'

/** Milliseconds for which a refusal is remembered. */
const lifetime = 24 * 3_600_000
/** The authors of Pods choose which repositories there are: bounded in number and in characters. */
const maxRepositories = 10_000
const maxCharacters = 1024 * 1024

/** Remembers which repositories the proxy has refused to one license, for the times when the proxy gives no answer. */
export interface Refusals {
  /** Remembers a verdict. @returns the verdict, or the remembered refusal where the verdict is `unknown` */
  remember(reference: Reference, verdict: ProxyVerdict): ProxyVerdict
  /** The refusal that is remembered of a reference's repository. */
  known(reference: Reference): ProxyVerdict | undefined
}

/** @param now milliseconds since the epoch, which must not go back */
export function createRefusals(now: () => number): Refusals {
  // Made with the first refusal: room for so many takes a millisecond of the start, and most licenses never see one.
  let refusals: LRUCache<string, ProxyVerdict> | undefined
  const keyOf = ({ domain, path }: Reference) => `${domain}/${path}`

  function known(reference: Reference): ProxyVerdict | undefined {
    const refusal = refusals?.get(keyOf(reference))
    return refusal !== undefined && now() < refusal.checkedAt + lifetime ? refusal : undefined
  }

  return {
    known,
    remember(reference, verdict) {
      if (verdict.access === 'refused') {
        refusals ??= createCache()
        refusals.set(keyOf(reference), verdict)
      } else if (verdict.access === 'served') refusals?.delete(keyOf(reference))
      else {
        const refusal = known(reference)
        // The refusal stands in for the unknown verdict and runs out as early as that one, but keeps the time at which
        // the proxy itself gave it.
        if (refusal !== undefined) {
          return { ...refusal, checkedAt: verdict.checkedAt, ttl: verdict.ttl, answeredAt: refusal.checkedAt }
        }
      }
      return verdict
    },
  }
}

function createCache(): LRUCache<string, ProxyVerdict> {
  return new LRUCache({
    max: maxRepositories,
    maxSize: maxCharacters,
    sizeCalculation: (_, key) => key.length,
  })
}
