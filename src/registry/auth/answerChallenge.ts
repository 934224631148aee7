import type { TransportResponse } from '../../network/transport.ts'
import { readAuthRequirement, type AuthRequirement, type Target } from './authRequirement.ts'
import type { Grant, Grants } from './grant.ts'
import { denied, unknown, type Refusal } from './refusal.ts'
import type { Session } from './session.ts'
import { tokenRequest } from './token.ts'

/** How to go on: with another grant, without any (`bare`), or with a refusal. */
export type ChallengeAnswer = Grant | Refusal | 'bare'

/**
 * How to go on after a response to a request that was sent `grant`; undefined where the response stands, as it is no
 * challenge.
 */
export type AnswerChallenge = (
  response: TransportResponse,
  target: Target,
  grant: Grant | undefined,
) => Promise<ChallengeAnswer | undefined>

/** Answers the challenges of one check. @param repository the path within the registry, for the scope. */
export function createChallengeAnswers(session: Session, grants: Grants, repository: string): AnswerChallenge {
  /** Keys of fresh tokens that the registry refused. */
  const refused = new Set<string>()

  return async (response, target, grant) => {
    const { status } = response
    if (status === 401) return answer(response, target, grant)
    // public.ecr.aws says 400 without a challenge to a token that it no longer takes, others 403.
    return status === 400 || status === 403 ? grants.replaceCached(grant) : undefined
  }

  async function answer(
    response: TransportResponse,
    target: Target,
    grant: Grant | undefined,
  ): Promise<ChallengeAnswer> {
    const requirement = readAuthRequirement(response, target)
    if (requirement !== undefined && 'access' in requirement) return requirement
    const withheld = reasonToWithhold(target, requirement)
    if (withheld !== undefined) return withheld
    // Harbor answers a request with a token by a Basic challenge, and one without by Bearer.
    if (grant === undefined || requirement?.scheme === 'bearer') session.remember(target, requirement)

    if (grant?.source === 'challenge') return denied('unauthorized')
    if (grant?.source === 'memory' && grant.bearer !== undefined) refused.add(grant.bearer.request.key)
    if (requirement?.scheme === 'bearer') return answerBearer(requirement, target, grant)
    return (await grants.replaceCached(grant)) ?? answerBasic(requirement, target, grant)
  }

  /** Why the credentials are not shown to whoever asks for them; undefined where they may be, or where there are none. */
  function reasonToWithhold(target: Target, requirement: AuthRequirement | undefined): Refusal | undefined {
    if (!session.licensed) return undefined
    if (session.basic(target.url.host) === undefined) return unknown('bad-redirect')
    if (requirement?.scheme !== 'bearer') return undefined
    return session.basic(requirement.realm.url.host) === undefined ? unknown('bad-realm') : undefined
  }

  async function answerBearer(
    requirement: AuthRequirement & { scheme: 'bearer' },
    target: Target,
    grant: Grant | undefined,
  ): Promise<Grant | Refusal> {
    const request = tokenRequest(requirement, target, repository)
    if (refused.has(request.key)) return denied('unauthorized')
    const withdrawn = grant?.source === 'cache' ? grant.bearer?.value : undefined
    return grants.bearer(request, 'challenge', withdrawn)
  }

  /** @param requirement undefined where the challenge asks for nothing that can be given */
  function answerBasic(
    requirement: AuthRequirement | undefined,
    target: Target,
    grant: Grant | undefined,
  ): ChallengeAnswer {
    if (!session.licensed) return grant === undefined ? denied('unauthorized') : 'bare'
    const credentials = requirement && grants.basic(target, 'challenge')
    if (credentials !== undefined && credentials.authorization !== grant?.authorization) return credentials
    return grant === undefined ? unknown('unexpected-answer') : denied('unauthorized')
  }
}
