import { licenseFile } from '../../install/support/accounts.ts'
import type { Release, ReleaseOptions } from '../../install/support/release.ts'

/** A release of the webhook, and the namespaces whose Pods it looks after. */
export interface Installed extends Release {
  readonly namespaces: readonly string[]
  readonly options: ReleaseOptions
}

/** The proxy knows it, and that it has expired. */
export const expiredLicense = 'license-that-has-expired'
/** Nothing listens there. */
export const proxyThatIsDown = 'proxy-that-is-down.example'

/** @param furtherAddresses of the scene: all that a webhook may ask which may not ask this machine's first one */
export function releases(furtherAddresses: readonly string[]) {
  const allowedNetworks = furtherAddresses.map((address) => `${address}/32`)
  return {
    /** Two replicas, and names of any length. */
    usual: installed('a-release-whose-name-is-as-long-as-helm-lets-names-be', ['troubled', 'foreign'], {
      values: { check: { allowedNetworks } },
    }),
    expired: installed('with-expired-license', ['expired'], { license: licenseFile(expiredLicense) }),
    misnamed: installed('with-wrong-slug', ['misnamed'], { values: { appSlug: 'my-ap', replicaCount: 1 } }),
    /** Mends nothing when it is back. */
    away: installed('image-proxy-webhook-away', ['away'], { values: { repair: { enabled: false }, replicaCount: 1 } }),
    unproxied: installed(
      'with-proxy-down',
      ['unproxied'],
      { values: { proxy: { domain: proxyThatIsDown }, replicaCount: 1 } },
      'helm4',
    ),
  }
}

function installed(
  name: string,
  namespaces: readonly string[],
  options: ReleaseOptions,
  helm: Release['helm'] = 'helm3',
): Installed {
  const values = { preStopSleepSeconds: 0, additionalNamespaces: namespaces, ...options.values }
  return { name, namespace: `${namespaces[0] ?? ''}-system`, namespaces, helm, options: { ...options, values } }
}
