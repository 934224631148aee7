import type { LicenseState } from './source.ts'

/**
 * Wraps the listener of a license source. A source that is spoiled takes nothing away: `listener` is told of the fault
 * together with the last license that could be used. To withdraw a license, its source is deleted and the webhook
 * restarted.
 */
export function keepLastGood(listener: (state: LicenseState) => void): (state: LicenseState) => void {
  let last: LicenseState = {}
  return ({ license = last.license, fault }) => {
    last = { ...(license && { license }), ...(fault === undefined ? {} : { fault }) }
    listener(last)
  }
}
