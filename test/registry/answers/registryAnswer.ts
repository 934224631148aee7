import type { AnonymousAccess } from '../../../src/decision/verdict.ts'
import { json, type Part } from '../../support/registry.ts'

/** How one registry answers the anonymous check of one image, and what is to be concluded. */
export interface RegistryAnswer {
  readonly registry: string
  readonly image: string
  readonly when: string
  /** How the registry answers; `other` is another host. */
  readonly part: (here: string, other: string) => Part
  readonly other?: (here: string) => Part
  readonly access: AnonymousAccess
  readonly requests: readonly string[]
}

export const grantedToken = json(200, { token: 'anonymous-token', expires_in: 300 })
export const tokenThenHead = ['HEAD manifest', 'GET token', 'HEAD manifest with token']
export const tokenRefused = ['HEAD manifest', 'GET token']
