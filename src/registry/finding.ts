import type { Refusal } from './auth/refusal.ts'

/** What the requests of one check amount to, before it is known whose access was asked for. */
export interface Finding extends Omit<Refusal, 'access'> {
  readonly access: 'readable' | Refusal['access']
}

export const readable: Finding = { access: 'readable', reason: 'readable' }
