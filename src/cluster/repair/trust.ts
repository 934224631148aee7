/** Whether the API server asks the webhook about new Pods, as those show that come in place of others. */
export interface Trust {
  /** Whether the last new Pod showed it. */
  isGiven(): boolean
  /** Whether nothing is to be replaced for a while, since a new Pod showed the opposite. */
  isSuspended(): boolean
  /** A Pod was created in place of another one. @param isAdmitted whether the webhook was asked about it */
  created(isAdmitted: boolean): void
}

/**
 * Milliseconds without replacements after a new Pod that the webhook did not change, doubled with each such Pod in a
 * row.
 */
const pauses = { first: 10_000, most: 300_000 }

/** @param now milliseconds, which must not go back */
export function createTrust(now: () => number): Trust {
  let isGiven = false
  let disappointments = 0
  let suspendedUntil = -Infinity

  return {
    isGiven: () => isGiven,
    isSuspended: () => now() < suspendedUntil,
    created(isAdmitted) {
      isGiven = isAdmitted
      if (isAdmitted) disappointments = 0
      else suspendedUntil = now() + Math.min(pauses.first * 2 ** disappointments++, pauses.most)
    },
  }
}
