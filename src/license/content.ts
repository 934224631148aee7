import { createHash } from 'node:crypto'
import { parse } from 'yaml'
import { isObject, objectAt, textAt, type JsonObject } from '../json.ts'

/** What a customer's license lets the webhook do. It is a secret as a whole. */
export interface License {
  readonly credentials: { readonly username: string; readonly password: string }
  /** Changes with the credentials. To compare, not to show: guesses could be tried against it. */
  readonly fingerprint: string
  /** The application that the license is for, where its source tells. */
  readonly appSlug?: string
  /** The content of a `kubernetes.io/dockerconfigjson` Secret that lets a kubelet pull with this license. */
  readonly dockerConfigJson: string
}

/** A license source that cannot be used. The message never quotes the source: it may hold the license. */
export class InvalidLicenseError extends Error {
  override readonly name = 'InvalidLicenseError'
}

/** The user name that goes with a license id at the proxy, literally. */
const licenseUser = 'LICENSE_ID'

/**
 * A license from a `kots.io/v1beta1` `License` file (YAML).
 * @param hosts the domains that the pull secret must be good for, the proxy's first
 * @throws InvalidLicenseError
 */
export function licenseFromFile(text: string, hosts: readonly string[]): License {
  const document = parsed(text, 'YAML')
  if (!isObject(document)) throw new InvalidLicenseError('the license file is empty or no YAML mapping')
  const { apiVersion, kind } = document
  if (apiVersion !== 'kots.io/v1beta1' || kind !== 'License') {
    throw new InvalidLicenseError('the license file is no License of kots.io/v1beta1: see its apiVersion and kind')
  }
  const spec = objectAt(document, 'spec')
  const id = textAt(spec, 'licenseID')
  if (id === undefined) throw new InvalidLicenseError('the license file has no spec.licenseID')
  const appSlug = textAt(spec, 'appSlug')
  return { ...licenseFromId(id, hosts), ...(appSlug === undefined || appSlug === '' ? {} : { appSlug }) }
}

/**
 * A license from its id alone.
 * @throws InvalidLicenseError
 */
export function licenseFromId(id: string, hosts: readonly string[]): License {
  if (!/^[\x21-\x7e]+$/.test(id)) {
    throw new InvalidLicenseError(
      'the license id is empty, or has characters other than printable ASCII without spaces',
    )
  }
  const entry = { auth: Buffer.from(`${licenseUser}:${id}`).toString('base64') }
  return license(
    { username: licenseUser, password: id },
    { auths: Object.fromEntries(hosts.map((host) => [host, entry])) },
  )
}

/**
 * A license from an existing dockerconfigjson, which is kept as it is; its entry for the first of `hosts` that it has
 * is copied to those that it lacks.
 * @throws InvalidLicenseError
 */
export function licenseFromDockerConfig(text: string, hosts: readonly string[]): License {
  const document = parsed(text, 'JSON')
  const auths = objectAt(document, 'auths')
  if (!isObject(document) || auths === undefined) throw new InvalidLicenseError('the dockerconfigjson has no "auths"')
  const entries = new Map(Object.entries(auths).map(([key, entry]) => [hostOf(key), entry]))
  const host = hosts.find((host) => entries.has(host))
  if (host === undefined)
    throw new InvalidLicenseError(`the dockerconfigjson has no entry for any of ${hosts.join(', ')}`)
  const entry = entries.get(host)
  const credentials = credentialsOf(entry)
  if (credentials === undefined) {
    throw new InvalidLicenseError(
      `the dockerconfigjson's entry for ${host} has neither "auth" nor "username" and "password"`,
    )
  }
  const missing = hosts.filter((host) => !entries.has(host)).map((host) => [host, entry])
  return license(credentials, { ...document, auths: { ...auths, ...Object.fromEntries(missing) } as JsonObject })
}

function license(credentials: License['credentials'], dockerConfig: JsonObject): License {
  const dockerConfigJson = JSON.stringify(dockerConfig)
  const fingerprint = createHash('sha256')
    .update(`${credentials.username}:${credentials.password}`)
    .digest('hex')
    .slice(0, 16)
  return { credentials, fingerprint, dockerConfigJson }
}

function parsed(text: string, format: 'YAML' | 'JSON'): unknown {
  try {
    return format === 'YAML' ? parse(text, { logLevel: 'error' }) : JSON.parse(text)
  } catch {
    throw new InvalidLicenseError(
      format === 'YAML' ? 'the license file is no valid YAML' : 'the dockerconfigjson is no valid JSON',
    )
  }
}

/** `docker login` writes some keys as URLs (`https://index.docker.io/v1/`). */
function hostOf(key: string): string {
  return key
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
    .toLowerCase()
}

function credentialsOf(entry: unknown): License['credentials'] | undefined {
  const username = textAt(entry, 'username')
  const password = textAt(entry, 'password')
  if (username && password) return { username, password }
  const decoded = Buffer.from(textAt(entry, 'auth') ?? '', 'base64').toString()
  const colon = decoded.indexOf(':')
  return colon > 0 && colon < decoded.length - 1
    ? { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) }
    : undefined
}
