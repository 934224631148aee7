import type { LicenseState } from './source.ts'

/**
 * Wraps the listener of a license source so that the last usable license stays in use when its source becomes unusable:
 * `listener` is then told of the fault together with that license. To withdraw a license, its source is deleted and the
 * webhook restarted.
 */
export function keepLastGood(listener: (state: LicenseState) => void): (state: LicenseState) => void {
  let last: LicenseState = {}
  return ({ license = last.license, fault }) => {
    last = { ...(license && { license }), ...(fault === undefined ? {} : { fault }) }
    listener(last)
  }
}
