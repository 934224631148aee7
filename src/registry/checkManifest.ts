import type { Reference } from '../reference/reference.ts'
import type { Breaker } from './breaker.ts'
import { createAuthenticatedRequest } from './auth/authenticate.ts'
import type { Endpoint } from './endpoint.ts'
import type { Finding } from './finding.ts'
import { interpretGet, interpretHead } from './interpret.ts'
import type { TimeBudgets } from './timeBudget.ts'
import type { Limiter } from './limiter.ts'
import { manifestUrl } from './manifest.ts'
import { unknown } from './auth/refusal.ts'
import type { Session } from './auth/session.ts'

export interface CheckContext {
  readonly endpointOf: (domain: string) => Endpoint
  readonly limiter: Limiter
  readonly breaker: Breaker
  readonly timeBudgets: TimeBudgets
  /** Is told what each check found, and of which registry. */
  readonly found: (host: string, finding: Finding) => void
}

/**
 * Asks a registry for one manifest, in the name of `session`: as soon as the limits let it, not at all while the
 * registry wants to be left alone, and for no longer than a timeBudget. Never rejects but for a fault.
 */
export async function check(
  { endpointOf, limiter, breaker, timeBudgets, found }: CheckContext,
  session: Session,
  reference: Reference,
  checkKey: string,
): Promise<Finding> {
  const endpoint = endpointOf(reference.domain)
  const { host } = endpoint
  const url = manifestUrl(endpoint, reference)
  if (url === undefined) return unknown('dns')
  if (breaker.remaining(host) > 0) return unknown('rate-limited')

  const finding = await limiter.run(host, async () => {
    if (breaker.remaining(host) > 0) return unknown('rate-limited')
    const timeBudget = timeBudgets.open()
    try {
      const finding = await Promise.race([ask(timeBudget.signal, url), timeBudget.over.then(unknown)])
      if (finding.reason === 'rate-limited') breaker.open(host, finding.retryAfter)
      return finding
    } finally {
      timeBudget.end()
    }
  })
  if (finding === undefined) return unknown('busy')
  found(host, finding)
  return finding

  async function ask(signal: AbortSignal, url: URL): Promise<Finding> {
    const repository = endpoint.repositoryPrefix + reference.path
    const request = createAuthenticatedRequest(session, { repository, checkKey, signal })
    const target = { url, trust: endpoint.trust }
    const head = await request('HEAD', target)
    if ('access' in head) return head
    const finding = interpretHead(head.response, endpoint, head.licensed)
    if (finding !== undefined) return finding
    const get = await request('GET', target)
    return 'access' in get ? get : interpretGet(get.response)
  }
}
