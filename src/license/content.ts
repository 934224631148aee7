import { createHash } from 'node:crypto'
import yaml from 'yaml'
import { isObject, objectAt, parseObject, textAt, type JsonObject } from '../json.ts'
import { simpleObject } from '../plainYaml.ts'
import { isPathComponent } from '../reference/grammar.ts'
import type { LicenseHosts } from './hosts.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** What a customer's license lets the webhook do. It is a secret as a whole. */
export interface License {
  /** What each host may be shown, and no other: the hosts in lower case, as images name them. */
  readonly credentials: ReadonlyMap<string, Credentials>
  /** Changes with the credentials. To compare, not to show: guesses could be tried against it. */
  readonly fingerprint: string
  /** The application that the license is for, where its source tells. */
  readonly appSlug?: string
  /** The content of a `kubernetes.io/dockerconfigjson` Secret that lets a kubelet pull with this license. */
  readonly dockerConfigJson: string
}

/** A license, or why its source holds none. The sentence never quotes the source: it may hold the license. */
export type LicenseReading = { readonly license: License } | { readonly fault: string }

/** The user name with which the proxy takes a license id as the password: this very text. */
const licenseUser = 'LICENSE_ID'

/** Reads a `kots.io/v1beta1` `License` file (YAML). Its license is good for all of `hosts`. */
export function licenseFromFile(text: string, hosts: LicenseHosts): LicenseReading {
  let document: unknown
  try {
    document = simpleObject(text) ?? yaml.parse(text, { logLevel: 'error' })
  } catch {
    return { fault: 'the license file is no valid YAML' }
  }
  if (!isObject(document))
    return {
      fault:
        'the license file is empty or no YAML mapping: it must be what the vendor hands out (an id alone goes into license.id)',
    }
  const { apiVersion, kind } = document
  if ('auths' in document) return { fault: 'the license file is a dockerconfigjson: license.dockerConfigFile takes it' }
  if (apiVersion !== 'kots.io/v1beta1' || kind !== 'License') {
    return { fault: 'the license file is no License of kots.io/v1beta1: see its apiVersion and kind' }
  }
  const spec = objectAt(document, 'spec')
  const unquoted = ['licenseID', 'appSlug'].find((key) => spec?.[key] != null && typeof spec[key] !== 'string')
  if (unquoted !== undefined) return { fault: `the license file's spec.${unquoted} is no text: put it into quotes` }
  const id = textAt(spec, 'licenseID')
  if (id === undefined) return { fault: 'the license file has no spec.licenseID' }
  const appSlug = textAt(spec, 'appSlug') ?? ''
  if (appSlug !== '' && !isPathComponent(appSlug)) {
    return {
      fault:
        "the license file's spec.appSlug cannot be part of an image's name: " +
        'lower-case letters and digits are expected, with single separators ("-", "_" or ".") between them',
    }
  }
  const reading = licenseFromId(id, hosts)
  return 'fault' in reading || appSlug === '' ? reading : { license: { ...reading.license, appSlug } }
}

/** Reads a license id. It is good for all of `hosts`. */
export function licenseFromId(id: string, { all }: LicenseHosts): LicenseReading {
  if (!/^[\x21-\x7e]+$/.test(id)) {
    return { fault: 'the license id is empty, or has characters other than printable ASCII without spaces' }
  }
  const credentials = { username: licenseUser, password: id }
  const entry = { auth: Buffer.from(`${licenseUser}:${id}`).toString('base64') }
  return {
    license: createLicense(new Map(all.map((host) => [host, credentials])), {
      auths: Object.fromEntries(all.map((host) => [host, entry])),
    }),
  }
}

/**
 * Reads an existing dockerconfigjson. It is kept as it is, and each host has the credentials of its own entry. A
 * configured host without one gets a copy of the first of `hosts` that has one; the default domains get none.
 */
export function licenseFromDockerConfig(text: string, { configured, all }: LicenseHosts): LicenseReading {
  const document = parseObject(text)
  const auths = objectAt(document, 'auths')
  if (document === undefined) {
    return {
      fault: "the dockerconfigjson is no JSON object: it must be what a Secret's .dockerconfigjson holds, decoded",
    }
  }
  if (auths === undefined) return { fault: 'the dockerconfigjson has no "auths"' }

  const entries = entriesByHost(auths)
  const named = all.filter((host) => entries.has(host))
  const own = named.flatMap((host) => {
    const credentials = credentialsOf(entries.get(host))
    return credentials === undefined ? [] : [[host, credentials] as const]
  })
  const [first] = own
  if (first === undefined) {
    return {
      fault:
        named.length === 0
          ? `the dockerconfigjson has no entry for any of ${all.join(', ')}`
          : `the dockerconfigjson's entry for ${named.join(', ')} has neither "auth" nor "username" and "password"`,
    }
  }
  const [source, credentials] = first
  const missing = configured.filter((host) => !entries.has(host))
  const copies = Object.fromEntries(missing.map((host) => [host, entries.get(source)]))
  const shown = new Map([...own, ...missing.map((host) => [host, credentials] as const)])
  try {
    return { license: createLicense(shown, { ...document, auths: { ...auths, ...copies } }) }
  } catch {
    // V8 reads JSON of any depth, and writes only as deep as its stack.
    return { fault: 'the dockerconfigjson is nested too deeply' }
  }
}

function createLicense(credentials: License['credentials'], dockerConfig: JsonObject): License {
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([...credentials]))
    .digest('hex')
    .slice(0, 16)
  return { credentials, fingerprint, dockerConfigJson: JSON.stringify(dockerConfig) }
}

/**
 * The entries of `auths` by host. One for a host as a whole counts before those for paths on it, else the first does.
 */
function entriesByHost(auths: JsonObject): ReadonlyMap<string, unknown> {
  const entries = Object.entries(auths).map(([key, entry]) => ({ key: key.toLowerCase(), host: hostOf(key), entry }))
  const whole = entries.filter(({ key, host }) => key === host)
  return new Map([...entries.reverse(), ...whole].map(({ host, entry }) => [host, entry]))
}

/** `docker login` writes some keys as URLs (`https://index.docker.io/v1/`). */
function hostOf(key: string): string {
  return key
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
    .toLowerCase()
}

/**
 * The credentials of an entry in a dockerconfigjson; undefined where it has none, or an empty half of them. As for the
 * kubelet and docker, `auth` counts before `username` and `password`.
 */
function credentialsOf(entry: unknown): Credentials | undefined {
  const decoded = Buffer.from(textAt(entry, 'auth') ?? '', 'base64').toString()
  const colon = decoded.indexOf(':')
  if (colon > 0 && colon < decoded.length - 1) {
    return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) }
  }
  const username = textAt(entry, 'username')
  const password = textAt(entry, 'password')
  return username && password ? { username, password } : undefined
}
