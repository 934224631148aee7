import type { AnonymousAccess, ProxyVerdict } from './verdict.ts'

/** What an image's own registry said, as a clause that warnings, reports and the demo have in common. */
export const anonymousClauses: Readonly<Record<AnonymousAccess, string>> = {
  public: 'readable without credentials',
  private: 'not readable without credentials',
  missing: 'its registry has no such manifest',
  unknown: 'its registry could not be asked',
}

/** Why the proxy does not serve an image, as far as its answer tells: a clause. */
export function refusalClause({ reason }: Pick<ProxyVerdict, 'reason'>): string {
  return reason === 'not-found'
    ? 'the proxy does not find it (a registry that the vendor has not linked?)'
    : 'the license does not grant it (expired, or a registry that the vendor has not linked?)'
}
