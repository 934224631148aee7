import { expect } from 'chai'
import { licenseHosts } from '../../src/license/hosts.ts'
import {
  InvalidLicenseError,
  licenseFromDockerConfig,
  licenseFromFile,
  licenseFromId,
  type License,
} from '../../src/license/content.ts'

const hosts = ['images.vendor.com', 'proxy.replicated.com']
const canary = '2mGcAnArYlicense0000000000'
const auth = Buffer.from(`LICENSE_ID:${canary}`).toString('base64')

const licenseFile = `
apiVersion: kots.io/v1beta1
kind: License
metadata: {name: customer}
spec:
  licenseID: ${canary}
  appSlug: my-app
  endpoint: https://replicated.app
  signature: c2lnbmF0dXJl
`

function auths({ dockerConfigJson }: License): unknown {
  return (JSON.parse(dockerConfigJson) as { auths: unknown }).auths
}

describe('a license file', () => {
  it('tells the license id and the application', () => {
    const license = licenseFromFile(licenseFile, hosts)
    expect(license.credentials).to.deep.equal({ username: 'LICENSE_ID', password: canary })
    expect(license.appSlug).to.equal('my-app')
  })

  it('makes a pull secret that is good for every host', () => {
    expect(auths(licenseFromFile(licenseFile, hosts))).to.deep.equal({
      'images.vendor.com': { auth },
      'proxy.replicated.com': { auth },
    })
  })

  const faults: [string, string, RegExp][] = [
    ['is empty', '', /empty/],
    ['is no YAML', `a: [${canary}`, /no valid YAML/],
    ['is a text', canary, /empty or no YAML mapping/],
    ['is of another kind', licenseFile.replace('kind: License', 'kind: Secret'), /no License of kots\.io\/v1beta1/],
    ['is of another version', licenseFile.replace('v1beta1', 'v2'), /no License of kots\.io\/v1beta1/],
    ['has no license id', licenseFile.replace('licenseID', 'licenseid'), /no spec\.licenseID/],
    ['has an empty license id', licenseFile.replace(canary, '""'), /license id is empty/],
    ['has a license id of several lines', licenseFile.replace(canary, `"${canary}\\nx"`), /license id/],
  ]
  for (const [what, text, message] of faults) {
    it(`that ${what} is refused, without a word of what it holds`, () => {
      expect(() => licenseFromFile(text, hosts))
        .to.throw(InvalidLicenseError, message)
        .and.not.match(new RegExp(canary))
    })
  }
})

describe('a dockerconfigjson', () => {
  const config = (auths: object, rest: object = {}) => JSON.stringify({ auths, ...rest })

  it('gives its credentials, and its entry to the hosts that it lacks', () => {
    const license = licenseFromDockerConfig(config({ 'proxy.replicated.com': { auth } }), hosts)
    expect(license.credentials.password).to.equal(canary)
    expect(auths(license)).to.deep.equal({ 'proxy.replicated.com': { auth }, 'images.vendor.com': { auth } })
  })

  it('is kept as it is otherwise', () => {
    const entries = {
      'images.vendor.com': { auth },
      'proxy.replicated.com': { auth: 'bzp0aGVy' },
      'theirs.example': { auth: 'eDp5' },
    }
    const license = licenseFromDockerConfig(config(entries, { credHelpers: {} }), hosts)
    expect(JSON.parse(license.dockerConfigJson)).to.deep.equal({ auths: entries, credHelpers: {} })
    expect(license.credentials.password).to.equal(canary)
  })

  it('may spell user name and password, and hosts as docker login does', () => {
    const entry = { username: 'LICENSE_ID', password: canary }
    expect(
      licenseFromDockerConfig(config({ 'https://Images.Vendor.com/v1/': entry }), hosts).credentials,
    ).to.deep.equal(entry)
  })

  const faults: [string, string, RegExp][] = [
    ['is no JSON', canary, /no valid JSON/],
    ['has no auths', '{}', /no "auths"/],
    ['is a list', '[]', /no "auths"/],
    [
      'knows none of the hosts',
      config({ 'theirs.example': { auth } }),
      /no entry for any of images\.vendor\.com, proxy/,
    ],
    [
      'has an entry without credentials',
      config({ 'images.vendor.com': {} }),
      /entry for images\.vendor\.com has neither/,
    ],
    ['has an entry that is no base64 of a pair', config({ 'images.vendor.com': { auth: canary } }), /has neither/],
  ]
  for (const [what, text, message] of faults) {
    it(`that ${what} is refused, without a word of what it holds`, () => {
      expect(() => licenseFromDockerConfig(text, hosts))
        .to.throw(InvalidLicenseError, message)
        .and.not.match(new RegExp(canary))
    })
  }
})

describe('a license', () => {
  it('has a fingerprint that changes with it and does not tell it', () => {
    const [one, same, other] = [canary, canary, 'another'].map((id) => licenseFromId(id, hosts).fingerprint)
    expect(one).to.equal(same).and.not.equal(other)
    expect(one).to.match(/^[0-9a-f]{16}$/)
  })
})

describe('the hosts of a license', () => {
  it('are the configured proxy and registry, further names of them, and the default ones, each once', () => {
    const domains = {
      domain: 'Images.vendor.com',
      registryDomain: 'registry.replicated.com',
      otherDomains: ['old.vendor.com'],
    }
    expect(licenseHosts(domains)).to.deep.equal([
      'images.vendor.com',
      'registry.replicated.com',
      'old.vendor.com',
      'proxy.replicated.com',
    ])
  })
})
