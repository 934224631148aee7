import { deepStrictEqual } from 'node:assert'
import fc from 'fast-check'
import { ConfigError, loadConfig } from '../../src/config/load.ts'
import { licenseFromDockerConfig, licenseFromFile, type LicenseReading } from '../../src/license/content.ts'
import { licenseHosts } from '../../src/license/hosts.ts'
import { canonical, formatReference, parseReference, tryParseReference } from '../../src/reference/reference.ts'
import { parseChallenges } from '../../src/registry/auth/challenge.ts'
import { reference, text } from '../reference/arbitraries.ts'
import { challenge, challengeLine, formatChallenge, spelling } from '../registry/auth/arbitraries.ts'
import type { Target } from './fuzz.ts'
import { damaged, mutated, toJson, toYaml, value } from './mutations.ts'

/** Whatever a Pod calls an image is a reference, the same one when it is formatted and read again, or none. */
export function references({ parse = tryParseReference } = {}): Target<string> {
  return {
    name: 'references',
    inputs: fc.oneof(text, reference.map(formatReference), damaged(reference.map(formatReference))),
    check: (written) => {
      const read = parse(written)
      if ('fault' in read) return
      deepStrictEqual(parseReference(formatReference(read)), read)
      const spelling = canonical(read)
      deepStrictEqual(canonical(parseReference(spelling)), spelling)
    },
  }
}

/** What a registry demands is read back where it is well formed, and never more than a list of challenges. */
export function challenges({ parse = parseChallenges } = {}): Target<{ lines: string[]; meant?: unknown }> {
  const wellFormed = fc.tuple(fc.array(challenge), spelling).map(([meant, spelling]) => ({
    lines: meant.map((one) => formatChallenge(one, spelling)),
    meant,
  }))
  const line = fc.tuple(challenge, spelling).map(([one, spelling]) => formatChallenge(one, spelling))
  const any = fc.array(fc.oneof(challengeLine, damaged(line))).map((lines) => ({ lines }))
  return {
    name: 'challenges',
    inputs: fc.oneof(wellFormed, any),
    check: ({ lines, meant }) => {
      const read = parse(lines)
      if (meant !== undefined) deepStrictEqual(read, meant)
      for (const { scheme, params } of read) {
        const names = Object.keys(params)
        if (![scheme, ...names].every((name) => /^[^\sA-Z",=]+$/.test(name))) throw new Error('a name that is no token')
        if (!Object.values(params).every((value) => typeof value === 'string'))
          throw new Error('a value that is no text')
      }
    },
  }
}

const configuration = {
  appSlug: 'my-app',
  license: { id: 'a-license' },
  pullSecret: { provision: false, name: 'registry' },
  proxy: { domain: 'images.vendor.com', registryDomain: 'registry.vendor.com', otherDomains: ['a.vendor.com'] },
  policy: {
    mode: 'rewrite',
    onMissing: 'leave',
    rules: [
      { match: 'quay.io/**', action: 'proxy', template: '{domain}/{image}' },
      { match: '*/redis', action: 'leave' },
    ],
  },
  check: {
    deadline: '2s',
    timeout: '1s',
    concurrency: 64,
    allowedNetworks: ['10.0.0.0/8'],
    endpoints: { 'quay.io': 'https://localhost:5000' },
    cache: { maxEntries: 10, public: '1m' },
  },
  server: { port: 0, tls: { mode: 'files', certFile: '/tls.crt', keyFile: '/tls.key', minVersion: 'TLSv1.2' } },
  metrics: { port: 0 },
  log: { level: 'info', format: 'json' },
}

/** A configuration is one, or refused by sentences of bounded length. */
export function configurations({ load = loadConfig } = {}): Target<string> {
  const written = mutated([configuration]).map(toYaml)
  return {
    name: 'configuration',
    inputs: fc.oneof(written, written, damaged(written), fc.string({ unit: 'binary' })),
    check: (text) => {
      try {
        load({ text, file: 'config.yaml', env: {}, terminal: false })
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
        if (error.faults.length === 0) throw new Error('refused for no reason', { cause: error })
        const longest = Math.max(...error.faults.map((fault) => fault.length))
        if (longest > 2000) throw new Error(`a fault of ${longest} characters`, { cause: error })
      }
    },
  }
}

const hosts = licenseHosts({
  domain: 'images.vendor.com',
  registryDomain: 'registry.replicated.com',
  otherDomains: [],
  template: '{domain}/{image}',
})
/** A license that no fault may quote. */
const canary = '2mGcAnArYlicense0000000000'
const auth = Buffer.from(`LICENSE_ID:${canary}`).toString('base64')

const licenseFile = {
  apiVersion: 'kots.io/v1beta1',
  kind: 'License',
  metadata: { name: 'customer' },
  spec: { licenseID: canary, appSlug: 'my-app', entitlements: { seats: { value: 3 } } },
}

/** A license's file holds a license, or why not in a sentence that does not quote it. */
export function licenses({ read = licenseFromFile } = {}): Target<string> {
  const written = mutated([licenseFile]).map(toYaml)
  return {
    name: 'license',
    inputs: fc.oneof(written, written, damaged(written), fc.string({ unit: 'binary' })),
    check: (text) => {
      insistOnReading(read(text, hosts))
    },
  }
}

const dockerConfig = {
  auths: {
    'images.vendor.com': { auth, email: 'a@b.example' },
    'https://registry.replicated.com/v1/': { username: 'LICENSE_ID', password: canary },
    'quay.io/team': { auth },
  },
  credHelpers: {},
}

/** The same of a dockerconfigjson. */
export function dockerConfigs({ read = licenseFromDockerConfig } = {}): Target<string> {
  const written = mutated([dockerConfig]).map(toJson)
  return {
    name: 'dockerconfigjson',
    inputs: fc.oneof(written, written, damaged(written), value.map(toJson)),
    check: (text) => {
      insistOnReading(read(text, hosts))
    },
  }
}

function insistOnReading(reading: LicenseReading): void {
  if ('fault' in reading) {
    if (reading.fault === '' || reading.fault.length > 500)
      throw new Error(`a fault of ${reading.fault.length} characters`)
    if (reading.fault.includes(canary) || reading.fault.includes(auth))
      throw new Error('a fault that quotes the license')
    return
  }
  const { credentials, dockerConfigJson } = reading.license
  if (credentials.size === 0) throw new Error('a license for no host')
  const { auths } = JSON.parse(dockerConfigJson) as { auths?: unknown }
  if (typeof auths !== 'object' || auths === null) throw new Error('a Secret without auths')
  for (const { username, password } of credentials.values()) {
    if (typeof username !== 'string' || typeof password !== 'string') throw new Error('credentials that are no text')
  }
}
