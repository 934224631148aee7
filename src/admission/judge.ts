import type { Deadline } from './deadline.ts'
import { isOpen, type Decider, type OpenImage } from '../decision/decide.ts'
import type { Decision } from '../decision/decision.ts'
import type { Reference } from '../reference/reference.ts'
import type { AnonymousVerdict, ProxyVerdict } from '../decision/verdict.ts'

/** Where verdicts come from. What is known already is returned as it is, everything else as a promise. */
export interface Verdicts {
  anonymous(reference: Reference): AnonymousVerdict | Promise<AnonymousVerdict>
  /** Undefined where the proxy is not to be asked. */
  proxy(reference: Reference): ProxyVerdict | Promise<ProxyVerdict> | undefined
}

/** A decision and what it cost. */
export interface Judgement {
  readonly decision: Decision
  /** Whether every verdict it stands on was known already. */
  readonly cached: boolean
}

/**
 * Decides upon one image: by its name, then by its own registry, then by the proxy. When `deadline` passes first,
 * what is known by then counts, and the checks go on without this caller. Never rejects.
 */
export function judge(
  image: string,
  optedOut: boolean,
  { decider, verdicts, deadline }: { decider: Decider; verdicts: Verdicts; deadline: Pick<Deadline, 'passed'> },
): Judgement | Promise<Judgement> {
  const opened = decider.open(image, optedOut)
  if (!isOpen(opened)) return { decision: opened, cached: true }
  const open = opened
  const anonymous = verdicts.anonymous(open.reference)
  return anonymous instanceof Promise
    ? Promise.race([anonymous, deadline.passed()]).then((verdict) =>
        afterAnonymous(verdict === 'deadline' ? tooLate() : verdict, false),
      )
    : afterAnonymous(anonymous, true)

  function afterAnonymous(anonymous: AnonymousVerdict, cached: boolean): Judgement | Promise<Judgement> {
    const proxy = askProxy(open, anonymous)
    return proxy instanceof Promise
      ? Promise.race([proxy, deadline.passed()]).then((verdict) =>
          settled(anonymous, verdict === 'deadline' ? undefined : verdict, false),
        )
      : settled(anonymous, proxy, cached)
  }

  function askProxy({ rewritten }: OpenImage, { access }: AnonymousVerdict) {
    return rewritten !== undefined && decider.wantsProxy(access) ? verdicts.proxy(rewritten.reference) : undefined
  }

  function settled(anonymous: AnonymousVerdict, proxy: ProxyVerdict | undefined, cached: boolean): Judgement {
    return { decision: decider.settle(open, anonymous, proxy), cached }
  }
}

/** For images whose turn comes after the deadline: nobody is asked any more. */
export const noVerdicts: Verdicts = { anonymous: tooLate, proxy: () => undefined }

function tooLate(): AnonymousVerdict {
  return { access: 'unknown', reason: 'deadline', checkedAt: Date.now(), ttl: 0 }
}
