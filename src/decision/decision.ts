import type { AnonymousVerdict, ProxyVerdict } from './verdict.ts'

/** `leave` changes nothing, `attach` adds the pull secret only, `rewrite` changes the image and adds the pull secret. */
export type Action = 'leave' | 'attach' | 'rewrite'

/** Why an image was decided upon as it was: a closed set, so that it can label a metric. */
export type DecisionReason =
  | 'already-proxied'
  | 'hosted'
  | 'rule'
  | 'opted-out'
  | 'invalid-reference'
  | 'public'
  | 'private'
  | 'missing'
  | 'unknown'
  | 'served'
  | 'refused'
  | 'not-rewritable'
  | 'no-pull-secret'
  | 'running'

/** What is done with one image, and everything that led to it. */
export interface Decision {
  readonly image: string
  readonly action: Action
  readonly reason: DecisionReason
  /** The location behind the proxy; present exactly where `action` is `rewrite`. */
  readonly location?: string
  /** A sentence for whoever applied the Pod. It never tells what the network looked like from here. */
  readonly warning?: string
  /** The rule that matched, as the configuration spells it. */
  readonly rule?: string
  readonly anonymous?: AnonymousVerdict
  readonly proxy?: ProxyVerdict
}
