import { isServable, type Decider, type OpenImage, type ServableImage } from '../decision/decide.ts'
import type { Decision } from '../decision/decision.ts'
import { isPending, type AnonymousVerdict, type Asker, type PendingCheck } from '../decision/verdict.ts'
import type { ProxyVerdict, Verdicts } from '../decision/verdict.ts'
import { tooLate, type Deadline } from './deadline.ts'
import type { Silence } from './silence.ts'

/** What decides upon an image: the policy, registry and proxy, and the time that is left. */
export interface JudgeOptions {
  readonly decider: Decider
  readonly verdicts: Verdicts
  readonly asker: Asker
  readonly deadline: Pick<Deadline, 'passed'>
  readonly silence: Silence
}

/**
 * Decides upon one image that its name leaves open: by its own registry, and by the proxy. The second of the two is asked
 * beside the first when that has said nothing for a while. When `deadline` passes, what is known by then counts, and the
 * checks go on without this caller.
 * @returns the decision itself where everything it stands on was known already
 */
export function judge(open: OpenImage, options: JudgeOptions): Decision | Promise<Decision> {
  const { decider, verdicts, asker } = options
  if (decider.asksProxyFirst && isServable(open)) {
    const proxy = askProxy(open, options)
    return proxy.check === undefined
      ? afterProxy(open, proxy, options)
      : waitForProxy(open, proxy, proxy.check, options)
  }
  const anonymous = verdicts.anonymous(open.reference, asker)
  return isPending(anonymous) ? waitForRegistry(open, anonymous, options) : afterRegistry(open, anonymous, options)
}

/** One of the two questions about an image. */
interface Question<V> {
  /** Undefined until it is answered. */
  verdict: V | undefined
  /** Undefined where there is nothing to wait for. */
  readonly check?: PendingCheck<V>
  readonly answered?: Promise<void>
}

function follow<V extends object>(answer: V | PendingCheck<V>): Question<V> {
  if (!isPending(answer)) return { verdict: answer }
  const question: Question<V> = {
    verdict: undefined,
    check: answer,
    answered: answer.verdict.then((verdict) => {
      question.verdict = verdict
    }),
  }
  return question
}

/**
 * What is known of a question at this moment: its answer, or else an earlier answer that the check offers meanwhile.
 */
function soFar<V>({ verdict, check }: Question<V>): V | undefined {
  return verdict ?? check?.meanwhile
}

function askProxy(open: OpenImage, { verdicts, asker }: JudgeOptions): Question<ProxyVerdict> {
  const { reference, rewritten } = open
  const answer = rewritten && verdicts.proxy(rewritten.reference, asker, reference)
  return answer === undefined ? { verdict: undefined } : follow(answer)
}

/**
 * Goes on after the answer of the image's own registry. The proxy is asked where its answer can change the decision.
 */
function afterRegistry(
  open: OpenImage,
  anonymous: AnonymousVerdict,
  options: JudgeOptions,
): Decision | Promise<Decision> {
  const { decider, deadline } = options
  if (!decider.wantsProxy(anonymous.access)) return decider.settle(open, anonymous, undefined)
  const proxy = askProxy(open, options)
  if (proxy.answered === undefined) return decider.settle(open, anonymous, proxy.verdict)
  return Promise.race([proxy.answered, deadline.passed()]).then(() => decider.settle(open, anonymous, soFar(proxy)))
}

/**
 * Waits for the registry, and asks the proxy as well where that keeps silent. After the deadline only a remembered
 * answer of the proxy counts.
 */
async function waitForRegistry(
  open: OpenImage,
  check: PendingCheck<AnonymousVerdict>,
  options: JudgeOptions,
): Promise<Decision> {
  const { decider, deadline, silence } = options
  const registry = follow(check)
  await Promise.race([registry.answered, silence.watch(open.reference.domain, check), deadline.passed()])
  if (registry.verdict !== undefined) return afterRegistry(open, registry.verdict, options)

  const proxy = askProxy(open, options)
  const enough = check.verdict.then(({ access }) => (decider.wantsProxy(access) ? proxy.answered : undefined))
  const settle = () => decider.settle(open, soFar(registry) ?? tooLate(), soFar(proxy))
  return Promise.race([enough, deadline.passed()]).then(settle)
}

/**
 * Waits for the proxy, which is asked first here, and asks the registry where the proxy does not serve the image or
 * keeps silent.
 */
async function waitForProxy(
  open: ServableImage,
  proxy: Question<ProxyVerdict>,
  check: PendingCheck<ProxyVerdict>,
  options: JudgeOptions,
): Promise<Decision> {
  const { deadline, silence } = options
  // The proxy answers as fast as the registry behind the image that it is asked for.
  const host = `${open.rewritten.reference.domain}/${open.reference.domain}`
  await Promise.race([proxy.answered, silence.watch(host, check), deadline.passed()])
  return afterProxy(open, proxy, options)
}

function afterProxy(
  open: ServableImage,
  proxy: Question<ProxyVerdict>,
  options: JudgeOptions,
): Decision | Promise<Decision> {
  const { decider, verdicts, asker, deadline } = options
  if (isServed(proxy.verdict)) return decider.settleServed(open, proxy.verdict)
  const registry = follow(verdicts.anonymous(open.reference, asker))
  const settle = () =>
    registry.verdict === undefined && isServed(proxy.verdict)
      ? decider.settleServed(open, proxy.verdict)
      : decider.settle(open, soFar(registry) ?? tooLate(), soFar(proxy))
  if (proxy.answered === undefined && registry.answered === undefined) return settle()
  const enough = Promise.resolve(proxy.answered).then(() => (isServed(proxy.verdict) ? undefined : registry.answered))
  return Promise.race([enough, deadline.passed()]).then(settle)
}

function isServed(verdict: ProxyVerdict | undefined): verdict is ProxyVerdict {
  return verdict?.access === 'served'
}
