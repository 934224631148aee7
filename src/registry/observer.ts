import type { RequestEvent } from './auth/session.ts'
import type { AnonymousVerdict, ProxyVerdict, VerdictReason } from '../decision/verdict.ts'

export type { RequestStep } from './auth/session.ts'

/** Is told what happens, for metrics, logs and `check --verbose`. None of it holds a secret. */
export interface RegistryObserver {
  request?(event: RequestEvent): void
  /** `shared`: a check that was in flight already. */
  cache?(result: 'hit' | 'stale' | 'miss' | 'shared'): void
  /** A check has ended, whatever its queueing and its requests took. */
  check?(
    event: { key: string; milliseconds: number } & (
      { kind: 'anonymous'; verdict: AnonymousVerdict } | { kind: 'proxy'; verdict: ProxyVerdict }
    ),
  ): void
  /** A registry began or ceased to fail. Once each, not for every request. */
  host?(event: { host: string; failing: boolean; reason?: VerdictReason }): void
  /** A fault of this program ended a check, whose verdict is then unknown. */
  fault?(error: unknown): void
}
