import type { PendingCheck } from '../../src/decision/verdict.ts'
import { createDecider, type Decider, type Policy } from '../../src/decision/decide.ts'
import type {
  AnonymousAccess,
  AnonymousVerdict,
  ProxyAccess,
  ProxyVerdict,
  VerdictReason,
} from '../../src/decision/verdict.ts'
import { createLocator } from '../../src/reference/location.ts'

const reasons: Record<AnonymousAccess | ProxyAccess, VerdictReason> = {
  public: 'readable',
  private: 'unauthorized',
  missing: 'not-found',
  unknown: 'timeout',
  served: 'readable',
  refused: 'denied',
}

export function anonymous(access: AnonymousAccess, reason = reasons[access]): AnonymousVerdict {
  return { access, reason, checkedAt: 0, ttl: 0 }
}

export function proxy(access: ProxyAccess, reason = reasons[access]): ProxyVerdict {
  return { access, reason, checkedAt: 0, ttl: 0 }
}

/** A check that has had its turn, and never ends where nothing is given. */
export function pending<V = never>(verdict: V | Promise<V> = new Promise<never>(() => undefined)): PendingCheck<V> {
  return { verdict: Promise.resolve(verdict), begun: Promise.resolve() }
}

const defaultPolicy: Policy = {
  proxyPublicImages: false,
  onMissing: 'leave',
  onUnknown: 'leave',
  onUnverified: 'proxy',
  rules: [],
}

const defaultProxy = {
  domain: 'proxy.replicated.com',
  registryDomain: 'registry.replicated.com',
  otherDomains: [],
  template: '{domain}/proxy/{appSlug}/{image}',
}

/** A decider for the application `my-app` with the defaults of the configuration, but for what is given. */
export function decider(policy: Partial<Policy> = {}, domains: Partial<typeof defaultProxy> = {}): Decider {
  const merged = { ...defaultPolicy, ...policy }
  const ruleTemplates = merged.rules.flatMap(({ template }) => template ?? [])
  return createDecider(
    merged,
    createLocator({ appSlug: 'my-app', proxy: { ...defaultProxy, ...domains }, ruleTemplates }),
  )
}
