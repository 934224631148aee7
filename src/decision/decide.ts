import type { Locator } from '../reference/location.ts'
import { tryParseReference, type Reference } from '../reference/reference.ts'
import type { Decision } from './decision.ts'
import { compileRules, type Rule } from './rules.ts'
import { memoize } from '../memoize.ts'
import type { AnonymousAccess, AnonymousVerdict, ProxyVerdict } from './verdict.ts'
import { warnings } from './warnings.ts'

/**
 * Characters of an image: more than any request for its manifest could carry. What is longer is not even read, since
 * megabytes of it are well-formed, and would be gone through dozens of times.
 */
const longestImage = 8 * 1024

/** The part of the configuration that decides, see `Config`. */
export interface Policy {
  readonly proxyPublicImages: boolean
  readonly onMissing: 'leave' | 'proxy'
  readonly onUnknown: 'leave' | 'proxy'
  readonly onUnverified: 'leave' | 'proxy'
  readonly rules: readonly Rule[]
}

/** An image that its name alone does not decide. */
export interface OpenImage {
  readonly image: string
  readonly reference: Reference
  /** What to ask the proxy for; absent where the image cannot be rewritten. */
  readonly rewritten?: { readonly location: string; readonly reference: Reference }
  /** Why it cannot be rewritten, where that is so. */
  readonly fault?: string
}

/** An open image that the proxy can be asked for. */
export type ServableImage = OpenImage & Required<Pick<OpenImage, 'rewritten'>>

export interface Decider {
  /** Decides by name: domains of the proxy, opt-outs and rules. What is left open needs a verdict. */
  open(image: string, optedOut: boolean): Decision | OpenImage
  /**
   * Whether the proxy is asked before an image's own registry, which is asked only where the proxy does not serve it.
   */
  readonly asksProxyFirst: boolean
  /** Whether the proxy's answer can change what is done with an image of this anonymous access. */
  wantsProxy(access: AnonymousAccess): boolean
  /**
   * Decides by what is known; `proxy` is undefined where it was not asked, or has not answered in time. The same verdicts
   * of the same image lead to the same object, so that what is made of a decision can be kept with it.
   */
  settle(open: OpenImage, anonymous: AnonymousVerdict, proxy: ProxyVerdict | undefined): Decision
  /**
   * Decides upon an image that the proxy serves and whose own registry was not asked. The same verdict leads to the
   * same object.
   */
  settleServed(open: ServableImage, proxy: ProxyVerdict): Decision
}

/** Whether the image still needs a verdict. */
export function isOpen(image: Decision | OpenImage): image is OpenImage {
  return !('action' in image)
}

/** Whether the image has a location that the proxy can be asked for. */
export function isServable(image: OpenImage): image is ServableImage {
  return image.rewritten !== undefined
}

/** What decides by a policy, and by where images are behind the proxy. */
export function createDecider(policy: Policy, locator: Locator): Decider {
  const ruleFor = compileRules(policy.rules)
  // What is kept for an image: its reference, its location and their parts, each about as long as the image itself.
  const opened = memoize(
    (image: string) => decideByName(image, false),
    (_, image) => 1000 + 12 * image.length,
  )
  const settled = new WeakMap<OpenImage, Decision>()

  function open(image: string, optedOut: boolean): Decision | OpenImage {
    return optedOut ? decideByName(image, true) : opened(image)
  }

  function decideByName(image: string, optedOut: boolean): Decision | OpenImage {
    const reference =
      image.length > longestImage
        ? { fault: `it has ${image.length} characters, and no registry could serve more than ${longestImage}` }
        : tryParseReference(image)
    if ('fault' in reference) {
      return {
        image,
        action: 'leave',
        reason: 'invalid-reference',
        warning: warnings.invalid(image, reference.fault),
      }
    }
    if (locator.isProxied(reference.domain)) return { image, action: 'attach', reason: 'already-proxied' }
    if (locator.isHosted(reference.domain)) return { image, action: 'attach', reason: 'hosted' }
    if (optedOut) return { image, action: 'leave', reason: 'opted-out' }

    const rule = ruleFor(reference)
    if (rule?.action === 'leave') return { image, action: 'leave', reason: 'rule', rule: rule.match }

    const rewrite = locator.rewrite(image, reference, rule?.template)
    if (rule === undefined) {
      return 'fault' in rewrite ? { image, reference, fault: rewrite.fault } : { image, reference, rewritten: rewrite }
    }
    return 'fault' in rewrite
      ? notRewritable(image, rewrite.fault, { rule: rule.match })
      : { image, action: 'rewrite', reason: 'rule', location: rewrite.location, rule: rule.match }
  }

  function wantsProxy(access: AnonymousAccess): boolean {
    return access !== 'public' || policy.proxyPublicImages
  }

  function settle(open: OpenImage, anonymous: AnonymousVerdict, proxy: ProxyVerdict | undefined): Decision {
    const known = settled.get(open)
    if (known?.anonymous === anonymous && known.proxy === proxy) return known
    const decision = weigh(open, anonymous, proxy)
    settled.set(open, decision)
    return decision
  }

  function settleServed(open: ServableImage, proxy: ProxyVerdict): Decision {
    const known = settled.get(open)
    if (known?.anonymous === undefined && known?.proxy === proxy) return known
    const { image, rewritten } = open
    const decision: Decision = { image, action: 'rewrite', reason: 'served', location: rewritten.location, proxy }
    settled.set(open, decision)
    return decision
  }

  function weigh(open: OpenImage, anonymous: AnonymousVerdict, proxy: ProxyVerdict | undefined): Decision {
    const { image, rewritten } = open
    const known = proxy === undefined ? { anonymous } : { anonymous, proxy }
    const reason = anonymous.access

    if (!wantsProxy(reason)) return { image, action: 'leave', reason, ...known }
    if (proxy?.access === 'refused') {
      return reason === 'public'
        ? { image, action: 'leave', reason, ...known }
        : { image, action: 'leave', reason: 'refused', warning: warnings.refused(image, anonymous, proxy), ...known }
    }
    if (proxy?.access !== 'served' && unanswered(reason) === 'leave') {
      return { image, action: 'leave', reason, warning: warnings.undecided(image, anonymous), ...known }
    }
    if (rewritten !== undefined) return { image, action: 'rewrite', reason, location: rewritten.location, ...known }
    return reason === 'public'
      ? { image, action: 'leave', reason, ...known }
      : notRewritable(image, open.fault ?? '', known)
  }

  /** What to do while the proxy has not said whether it serves an image. */
  function unanswered(access: AnonymousAccess): 'leave' | 'proxy' {
    switch (access) {
      case 'public':
        return 'proxy'
      case 'private':
        return policy.onUnverified
      case 'missing':
        return policy.onMissing
      case 'unknown':
        return policy.onUnknown
    }
  }

  return { asksProxyFirst: policy.proxyPublicImages, open, wantsProxy, settle, settleServed }
}

function notRewritable(image: string, fault: string, known: Pick<Decision, 'rule' | 'anonymous' | 'proxy'>): Decision {
  return { image, action: 'leave', reason: 'not-rewritable', warning: warnings.notRewritable(image, fault), ...known }
}
