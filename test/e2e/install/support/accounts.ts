/** What someone logs in with. */
export interface Account {
  readonly username: string
  readonly password: string
}

/** The vendor's at the vendor's registries: only the proxy knows it. */
export const vendor: Account = { username: 'vendor', password: 'the-vendors-password' }

/** The customer's at a registry that the vendor has never heard of. */
export const customer: Account = { username: 'customer', password: 'the-customers-password' }

export const appSlug = 'my-app'

/** Licenses that the proxy knows. */
export const licenseId = 'license-1-of-the-customer'
export const renewedLicenseId = 'license-2-of-the-customer'

export const pullSecret = `${appSlug}-registry`

/** The customer's license file, as the vendor hands it out. */
export function licenseFile(licenseID: string): string {
  const spec = { licenseID, appSlug, customerName: 'Customer', licenseType: 'prod', endpoint: 'https://replicated.app' }
  return JSON.stringify({ apiVersion: 'kots.io/v1beta1', kind: 'License', metadata: { name: 'customer' }, spec })
}
