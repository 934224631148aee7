import { createChallengeAnswers } from './answerChallenge.ts'
import type { Target } from './authRequirement.ts'
import { createGrants, type Grant } from './grant.ts'
import { isRedirect, maxRedirects, redirectTarget } from './redirect.ts'
import { unknown, type Refusal } from './refusal.ts'
import type { Session } from './session.ts'
import { tokenRequest } from './token.ts'
import type { TransportRequest, TransportResponse } from '../../network/transport.ts'

/** An answer that is neither a redirect nor a challenge. */
export interface Answer {
  readonly response: TransportResponse
  /** Whether credentials, or a token got with them, led to it. */
  readonly licensed: boolean
}

/**
 * Makes the requests of one check: they follow redirects and answer challenges (distribution, "Token Authentication
 * Specification"). A host that required a token of an earlier check is sent one with the first request.
 *
 * @param repository the path within the registry, for the scope.
 */
export function createAuthenticatedRequest(
  session: Session,
  {
    repository,
    ...asking
  }: { repository: string; checkKey: string; signal: AbortSignal } & Pick<TransportRequest, 'outlived'>,
): (method: 'GET' | 'HEAD', target: Target) => Promise<Answer | Refusal> {
  const grants = createGrants(session, asking.checkKey)
  const answerChallenge = createChallengeAnswers(session, grants, repository)
  /** What each host is sent; undefined where it is asked without an `Authorization`. */
  const sent = new Map<string, Grant | undefined>()

  return async (method, start) => {
    let target = start
    let grant = await grantFor(target)
    let hops = 0
    for (;;) {
      const response = await session.send(method, target, { authorization: grant?.authorization, ...asking })
      if ('access' in response) return response

      if (isRedirect(response)) {
        const next = redirectTarget(response, target)
        if (next === undefined || ++hops > maxRedirects) return unknown('bad-redirect')
        grant = await grantFor(next)
        target = next
        continue
      }

      const answer = await answerChallenge(response, target, grant)
      if (answer === undefined) return { response, licensed: session.licensed && grant !== undefined }
      if (answer !== 'bare' && 'access' in answer) return answer
      grant = answer === 'bare' ? undefined : answer
      sent.set(target.url.host, grant)
    }
  }

  /** What the host is sent with its first request, and what it is sent from then on. */
  async function grantFor(target: Target): Promise<Grant | undefined> {
    const { host } = target.url
    if (!sent.has(host)) sent.set(host, await recalled(target))
    return sent.get(host)
  }

  /**
   * A grant for what the host required last. Without one it is asked anonymously, for its configuration may have
   * changed.
   */
  async function recalled(target: Target): Promise<Grant | undefined> {
    const requirement = session.recall(target)
    if (requirement?.scheme !== 'bearer') return requirement && grants.basic(target, 'memory')
    const granted = await grants.bearer(tokenRequest(requirement, target, repository), 'memory')
    return 'access' in granted ? undefined : granted
  }
}
