import type { ValidConfig } from './schema.ts'

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T

type Complete = ValidConfig & {
  readonly repair: { readonly enabled: boolean }
  readonly server: { readonly tls: { readonly mode: 'self' | 'files' } }
  readonly log: { readonly format: 'json' | 'pretty' }
}

/** The whole configuration, validated and frozen, as the schema describes it. Durations are milliseconds. */
export type Config = DeepReadonly<Complete>

export type LogLevel = Config['log']['level']
export type CheckConfig = Config['check']
export type CacheConfig = CheckConfig['cache']
