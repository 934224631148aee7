import type { License } from './content.ts'
import type { LicenseHosts } from './hosts.ts'

/** The license as its source has it at this moment. Empty where none is configured. */
export interface LicenseState {
  readonly license?: License
  /** What is wrong with the source; never quotes it. */
  readonly fault?: string
}

/** Follows a license for `hosts`: tells `listener` of it, and of each change. */
export type LicenseSource = (hosts: LicenseHosts, listener: (state: LicenseState) => void) => Promise<{ stop(): void }>
