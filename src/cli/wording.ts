import type { Action, Decision } from '../decision/decision.ts'
import type { AnonymousAccess, ProxyAccess, Verdict, VerdictReason } from '../decision/verdict.ts'
import { anonymousClauses, refusalClause } from '../decision/clauses.ts'
import { quote } from '../decision/warnings.ts'

type Told<Access extends string> = Pick<Verdict<Access>, 'access' | 'reason'>

/** A decision as far as the webhook's log tells it, too. */
export interface ToldDecision extends Pick<Decision, 'image' | 'action' | 'reason' | 'rule' | 'warning'> {
  readonly anonymous?: Told<AnonymousAccess>
  readonly proxy?: Told<ProxyAccess>
}

/** What is told of an image about which the webhook is not asked. */
const notAskedText = 'not asked'

/** What becomes of an image, as a table calls it. */
export function actionText({
  decision,
  notAsked,
}: {
  readonly decision: Pick<Decision, 'action'>
  readonly notAsked?: string
}): string {
  return notAsked === undefined ? actions[decision.action] : notAskedText
}

/** What an action is called in a table. */
const actions: Readonly<Record<Action, string>> = {
  leave: 'left alone',
  attach: 'pull secret',
  rewrite: 'rewritten',
}

const deeds: Readonly<Record<Action, string>> = {
  leave: 'leave it alone',
  attach: 'attach the pull secret',
  rewrite: 'rewrite it',
}

/** How a host that could not be asked behaved. Reports tell the operator; warnings, which a Pod's author reads, never do. */
export const causes: Readonly<Record<VerdictReason, string>> = {
  readable: 'lets it be read',
  unauthorized: 'wants credentials',
  denied: 'denies it',
  'not-found': 'does not have it',
  'rate-limited': 'limits requests just now',
  'server-error': 'answers with a server error',
  timeout: 'does not answer in time',
  dns: 'has a name that does not resolve',
  tls: 'has a certificate that is not trusted',
  connection: 'cannot be reached',
  'blocked-address': 'has an address that is not to be asked (see check.allowedNetworks)',
  forbidden: 'forbids the request and does not say why',
  'bad-redirect': 'redirects to where it must not',
  'bad-realm': 'names a token endpoint that is not to be asked',
  'no-token': 'gives no token',
  'unexpected-answer': 'answers with something else than a manifest',
  busy: 'was not asked: too many checks at once',
  deadline: 'does not answer in time',
}

/** A verdict in a word or two, with its cause where it is `unknown`. */
export function verdictText(verdict: Told<string> | undefined): string {
  if (verdict === undefined) return '-'
  return verdict.access === 'unknown' ? `unknown (${verdict.reason})` : verdict.access
}

/**
 * Why a decision is as it is, in a clause for the operator.
 * @param notAsked why the decision has no effect
 */
export function why(decision: ToldDecision, notAsked?: string): string {
  if (notAsked === undefined) return whyDecided(decision)
  return `the webhook is not asked: ${notAsked}. Asked, it would ${deeds[decision.action]}: ${whyDecided(decision)}`
}

function whyDecided(decision: ToldDecision): string {
  const { image, reason, anonymous, proxy, warning = '' } = decision
  const there = proxy === undefined ? [] : [proxyClause(proxy)]
  switch (reason) {
    case 'already-proxied':
      return ['on a domain of the proxy already', ...there].join(', ')
    case 'hosted':
      return ["hosted by the license's own registry", ...(proxy === undefined ? [] : [hostedClause(proxy)])].join(', ')
    case 'rule':
      return [`rule ${decision.rule ?? ''}`, ...there].join(', ')
    case 'running':
      return 'the Pod runs it from there already'
    case 'opted-out':
      return 'its Pod opts it out'
    case 'invalid-reference':
    case 'not-rewritable':
    case 'no-pull-secret':
      return warning.replace(`image ${quote(image)} is left alone: `, '')
    case 'served':
      return 'the proxy serves it, and its registry was not asked'
    case 'public':
    case 'private':
    case 'missing':
    case 'unknown':
    case 'refused': {
      const here = anonymous === undefined ? [] : [anonymousClause(anonymous)]
      const unasked = reason === 'public' || proxy !== undefined ? [] : ['and the proxy was not asked']
      return [...here, ...there, ...unasked].join(', ')
    }
  }
}

function anonymousClause({ access, reason }: Told<AnonymousAccess>): string {
  return access === 'unknown' ? `its registry ${causes[reason]}` : anonymousClauses[access]
}

function proxyClause(proxy: Told<ProxyAccess>): string {
  switch (proxy.access) {
    case 'served':
      return 'and the proxy serves it'
    case 'refused':
      return `and ${refusalClause(proxy)}`
    case 'unknown':
      return `and the proxy ${causes[proxy.reason]}`
  }
}

function hostedClause({ access, reason }: Told<ProxyAccess>): string {
  switch (access) {
    case 'served':
      return 'which serves it'
    case 'refused':
      return reason === 'not-found' ? 'which does not find it' : 'which does not grant it to the license (expired?)'
    case 'unknown':
      return `which ${causes[reason]}`
  }
}
