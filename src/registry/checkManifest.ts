import type { Asker, VerdictReason } from '../decision/verdict.ts'
import type { Reference } from '../reference/reference.ts'
import type { Breaker } from './breaker.ts'
import { createAuthenticatedRequest } from './auth/authenticate.ts'
import type { Endpoint } from './endpoint.ts'
import { interpretGet, interpretHead, type Finding } from './interpret.ts'
import type { TimeBudgets } from './timeBudget.ts'
import type { Limiter, Run } from './limiter/limiter.ts'
import { manifestUrl } from './manifest.ts'
import { unknown } from './auth/refusal.ts'
import type { Session } from './auth/session.ts'

export interface CheckContext {
  readonly endpointOf: (domain: string) => Endpoint
  readonly limiter: Limiter
  readonly breaker: Breaker
  readonly timeBudgets: TimeBudgets
  /** Whether a registry may be asked now: it may have fallen silent while a check waited for its turn. */
  readonly mayAsk: (host: string) => boolean
  /** Is told what each check that was made found, and of which registry. */
  readonly found: (host: string, finding: Finding, milliseconds: number) => void
}

/** Which manifest is asked for, on behalf of whom, and with which credentials. */
export interface ManifestCheck {
  readonly session: Session
  readonly reference: Reference
  readonly key: string
  readonly asker: Asker
  /** Whom a 429 is about: the registry that was asked, or the one behind the proxy. */
  readonly breakerKey: string
}

/** A check that waits for its turn, or is under way. */
export interface RunningCheck extends Pick<Run<Finding>, 'begun' | 'join'> {
  /** What the check found. Rejects only where this program has a bug. */
  readonly finding: Promise<Finding>
}

/**
 * Asks a registry for one manifest, in the name of `session`: as soon as the limits let it, not at all while the
 * registry wants to be left alone, and for no longer than a time budget.
 */
export function checkManifest(context: CheckContext, check: ManifestCheck): RunningCheck {
  const { endpointOf, limiter, breaker, timeBudgets, mayAsk, found } = context
  const { reference, breakerKey } = check
  const endpoint = endpointOf(reference.domain)
  const url = manifestUrl(endpoint, reference)
  const unasked = url === undefined ? 'dns' : breaker.remaining(breakerKey) > 0 ? 'rate-limited' : undefined
  if (url === undefined || unasked !== undefined) return notAsked(unasked ?? 'dns')

  const run = limiter.run(endpoint.host, check.asker, () => {
    const unasked = breaker.remaining(breakerKey) > 0 ? 'rate-limited' : mayAsk(endpoint.host) ? undefined : 'timeout'
    if (unasked !== undefined) return { result: Promise.resolve(unknown(unasked)), ended: Promise.resolve() }
    const started = performance.now()
    const timeBudget = timeBudgets.open()
    const outlived: Promise<unknown>[] = []
    const asked = ask(check, endpoint, url, { signal: timeBudget.signal, outlived: (end) => outlived.push(end) })
    const result = Promise.race([asked, timeBudget.over.then(unknown)])
      .then((finding) => {
        if (finding.reason === 'rate-limited') breaker.open(breakerKey, finding.retryAfter)
        found(endpoint.host, finding, performance.now() - started)
        return finding
      })
      .finally(timeBudget.end)
    return { result, ended: Promise.allSettled([asked, result]).then(() => Promise.all(outlived)) }
  })
  const finding = run.result.then((finding) => finding ?? unknown('busy'))
  return { begun: run.begun, join: run.join, finding }
}

function notAsked(reason: VerdictReason): RunningCheck {
  return { begun: Promise.resolve(), finding: Promise.resolve(unknown(reason)), join: () => undefined }
}

async function ask(
  { session, reference, key }: ManifestCheck,
  endpoint: Endpoint,
  url: URL,
  under: { readonly signal: AbortSignal; readonly outlived: (end: Promise<unknown>) => void },
): Promise<Finding> {
  const repository = endpoint.repositoryPrefix + reference.path
  const request = createAuthenticatedRequest(session, { repository, checkKey: key, ...under })
  const target = { url, trust: endpoint.trust }
  const head = await request('HEAD', target)
  if ('access' in head) return head
  const finding = interpretHead(head.response, endpoint, head.licensed)
  if (finding !== undefined) return finding
  const get = await request('GET', target)
  return 'access' in get ? get : interpretGet(get.response)
}
