import { isPending, type PendingCheck, type Verdict, type Verdicts } from '../decision/verdict.ts'
import { boundedConcurrency, type BoundedConcurrency, type Bounds } from '../boundedConcurrency.ts'
import { tooLate, type Deadline } from './deadline.ts'

/**
 * Verdicts for one Pod of many images, which has no more than `bounds` checks under way at once: of its registries
 * together and of each, and as many of the proxy beside them. What still waits when the deadline passes is not asked.
 */
export function boundVerdicts(verdicts: Verdicts, deadline: Pick<Deadline, 'left'>, bounds: Bounds): Verdicts {
  const registries = boundedConcurrency(bounds)
  const proxies = boundedConcurrency(bounds)
  return {
    anonymous: (reference, asker) =>
      inTurn(registries, reference.domain, deadline, () => verdicts.anonymous(reference, asker)) ?? tooLate(),
    proxy: (reference, asker, original) =>
      inTurn(proxies, reference.domain, deadline, () => verdicts.proxy(reference, asker, original)),
  }
}

/** Returns undefined where the deadline has passed and the answer is not known already. */
function inTurn<Access extends string>(
  { run, hasRoom }: BoundedConcurrency,
  host: string,
  deadline: Pick<Deadline, 'left'>,
  ask: () => Verdict<Access> | PendingCheck<Verdict<Access>> | undefined,
): Verdict<Access | 'unknown'> | PendingCheck<Verdict<Access | 'unknown'>> | undefined {
  if (deadline.left() === 0 && !hasRoom(host)) return undefined
  const begun: PromiseWithResolvers<unknown> = Promise.withResolvers()
  let hasWaited = false
  let meanwhile: Verdict<Access> | undefined
  const answer = run<Verdict<Access> | undefined>(host, () => {
    const asked = hasWaited && deadline.left() === 0 ? undefined : ask()
    if (asked !== undefined && isPending(asked)) {
      begun.resolve(asked.begun)
      meanwhile = asked.meanwhile
      return asked.verdict
    }
    begun.resolve(undefined)
    return asked
  })
  hasWaited = true
  if (!(answer instanceof Promise)) return answer
  const verdict = answer.then((verdict) => verdict ?? tooLate())
  return { verdict, begun: begun.promise, ...(meanwhile && { meanwhile }) }
}
