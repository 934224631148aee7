import type { Decision } from '../decision/decision.ts'
import { tryParseReference } from '../reference/reference.ts'
import type { RegistryVerdicts } from '../registry/verdicts.ts'

/**
 * A decision with the proxy's answer where an image's name alone led to the proxy. The webhook need not ask for such an
 * image, since no answer would change what it does; a person wants to know whether it can be pulled.
 */
export async function verify(decision: Decision, { proxy: ask }: Pick<RegistryVerdicts, 'proxy'>): Promise<Decision> {
  const { image, action, anonymous, location = image } = decision
  if (action === 'leave' || anonymous !== undefined) return decision
  const reference = tryParseReference(location)
  const proxy = reference instanceof Error ? undefined : await ask(reference)
  return proxy === undefined ? decision : { ...decision, proxy }
}
