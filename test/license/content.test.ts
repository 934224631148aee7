import { expect } from 'chai'
import {
  licenseFromDockerConfig,
  licenseFromFile,
  licenseFromId,
  type License,
  type LicenseReading,
} from '../../src/license/content.ts'
import { licenseHosts } from '../../src/license/hosts.ts'

const domain = 'images.vendor.com'
const proxy = { domain, registryDomain: 'registry.replicated.com', otherDomains: [] as string[] }
const hosts = licenseHosts(proxy)
const canary = '2mGcAnArYlicense0000000000'
const encode = (text: string) => Buffer.from(text).toString('base64')
const auth = encode(`LICENSE_ID:${canary}`)

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

function usable(reading: LicenseReading): License {
  if ('fault' in reading) throw new Error(reading.fault)
  return reading.license
}

function faultOf(reading: LicenseReading): string {
  return 'fault' in reading ? reading.fault : 'a license'
}

function auths({ dockerConfigJson }: License): unknown {
  return (JSON.parse(dockerConfigJson) as { auths: unknown }).auths
}

/** The password that a license has for each host. */
function passwords({ credentials }: License): Record<string, string> {
  return Object.fromEntries([...credentials].map(([host, { password }]) => [host, password]))
}

/** Whether a text holds any 8 characters in a row of the license id. */
function tells(text: string): boolean {
  return Array.from({ length: canary.length - 7 }, (_, start) => canary.slice(start, start + 8)).some((part) =>
    text.includes(part),
  )
}

describe('a license file', () => {
  it('tells the application', () => {
    expect(usable(licenseFromFile(licenseFile, hosts)).appSlug).to.equal('my-app')
  })

  it('need not tell the application', () => {
    expect(usable(licenseFromFile(licenseFile.replace('appSlug: my-app', ''), hosts)).appSlug).to.equal(undefined)
  })

  it('gives every host the license id, the default domains included', () => {
    expect(passwords(usable(licenseFromFile(licenseFile, hosts)))).to.deep.equal({
      'images.vendor.com': canary,
      'proxy.replicated.com': canary,
      'registry.replicated.com': canary,
    })
  })

  it('makes a pull secret that is good for every host', () => {
    expect(auths(usable(licenseFromFile(licenseFile, hosts)))).to.deep.equal({
      'images.vendor.com': { auth },
      'registry.replicated.com': { auth },
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
    [
      'has a license id that YAML takes for a number',
      licenseFile.replace(canary, '123456'),
      /spec\.licenseID is no text: put it into quotes/,
    ],
    [
      'has a slug that YAML takes for a number',
      licenseFile.replace('my-app', '2048'),
      /spec\.appSlug is no text: put it into quotes/,
    ],
    [
      'is a dockerconfigjson',
      JSON.stringify({ auths: { [domain]: { auth } } }),
      /is a dockerconfigjson: license\.dockerConfigFile takes it/,
    ],
    ['is a list', `- ${canary}`, /empty or no YAML mapping: it must be what the vendor hands out/],
    ['has no spec', licenseFile.replace(/spec:[^]*/, 'spec:\n'), /no spec\.licenseID/],
    ['has an empty license id', licenseFile.replace(canary, '""'), /license id is empty/],
    ['has a license id of several lines', licenseFile.replace(canary, `"${canary}\\nx"`), /license id/],
    [
      'has a slug in capitals',
      licenseFile.replace('my-app', canary),
      /spec\.appSlug cannot be part of an image's name/,
    ],
    ['has a slug of two path components', licenseFile.replace('my-app', 'my/app'), /spec\.appSlug cannot be part/],
  ]
  for (const [what, text, message] of faults) {
    it(`that ${what} is refused, without a word of what it holds`, () => {
      const fault = faultOf(licenseFromFile(text, hosts))
      expect(fault).to.match(message)
      expect(tells(fault)).to.equal(false)
    })
  }
})

describe('a license id', () => {
  for (const id of ['', 'with space', 'of\nlines', 'naïve']) {
    it(`that is ${JSON.stringify(id)} is refused`, () => {
      expect(faultOf(licenseFromId(id, hosts))).to.match(/^the license id is empty, or has characters other than/)
    })
  }
})

describe('a dockerconfigjson', () => {
  const config = (auths: object, rest: object = {}) => JSON.stringify({ auths, ...rest })
  const read = (auths: object, domains: Partial<typeof proxy> = {}) =>
    licenseFromDockerConfig(config(auths), licenseHosts({ ...proxy, ...domains }))

  it('has its entry copied to the configured domains that it lacks', () => {
    const domains = { otherDomains: ['old.vendor.com'], registryDomain: 'registry.vendor.com' }
    expect(passwords(usable(read({ [domain]: { auth } }, domains)))).to.deep.equal({
      'images.vendor.com': canary,
      'registry.vendor.com': canary,
      'old.vendor.com': canary,
    })
  })

  it('has an entry of a default domain copied to the configured ones', () => {
    expect(auths(usable(read({ 'proxy.replicated.com': { auth } })))).to.deep.equal({
      'proxy.replicated.com': { auth },
      'images.vendor.com': { auth },
    })
  })

  it('never has an entry copied to a default domain', () => {
    expect(auths(usable(read({ [domain]: { auth } })))).to.deep.equal({ 'images.vendor.com': { auth } })
  })

  it('never has an entry copied to a default domain that the operator names beside a registry of their own', () => {
    const license = usable(read({ [domain]: { auth } }, { otherDomains: ['Proxy.Replicated.com'] }))
    expect([passwords(license), auths(license)]).to.deep.equal([{ [domain]: canary }, { [domain]: { auth } }])
  })

  it('gives no host the credentials of a registry that is not among its hosts', () => {
    const theirs = { 'theirs.example': { auth: encode('robot:theirs') } }
    expect(passwords(usable(read({ [domain]: { auth }, ...theirs })))).to.deep.equal({ [domain]: canary })
  })

  it('gives each host the credentials of its own entry', () => {
    const license = usable(
      read({ [domain]: { auth }, 'registry.replicated.com': { auth: encode('LICENSE_ID:of-the-registry') } }),
    )
    expect(passwords(license)).to.deep.equal({ [domain]: canary, 'registry.replicated.com': 'of-the-registry' })
  })

  it('is kept as it is otherwise', () => {
    const entries = {
      'images.vendor.com': { auth },
      'proxy.replicated.com': { auth: 'bzp0aGVy' },
      'theirs.example': { auth: 'eDp5' },
    }
    const license = usable(licenseFromDockerConfig(config(entries, { credHelpers: {} }), hosts))
    expect(JSON.parse(license.dockerConfigJson)).to.deep.equal({ auths: entries, credHelpers: {} })
  })

  it('keeps an entry without credentials, and gives that host none', () => {
    const license = usable(read({ [domain]: { email: 'x@y.z' }, 'proxy.replicated.com': { auth } }))
    expect([passwords(license), auths(license)]).to.deep.equal([
      { 'proxy.replicated.com': canary },
      { [domain]: { email: 'x@y.z' }, 'proxy.replicated.com': { auth } },
    ])
  })

  it('may spell user name and password apart', () => {
    const license = usable(read({ [domain]: { username: 'LICENSE_ID', password: canary } }))
    expect(license.credentials.get(domain)).to.deep.equal({ username: 'LICENSE_ID', password: canary })
  })

  it('may spell hosts as docker login does', () => {
    expect(passwords(usable(read({ 'https://Images.Vendor.com/v1/': { auth } })))).to.deep.equal({ [domain]: canary })
  })

  it('prefers the entry of a host as a whole to one for a path on it', () => {
    const entries = { [`${domain}/theirs`]: { auth: encode('robot:theirs') }, [domain]: { auth } }
    for (const auths of [entries, Object.fromEntries(Object.entries(entries).reverse())]) {
      expect(passwords(usable(read(auths)))).to.deep.equal({ [domain]: canary })
    }
  })

  it('takes the first of several entries for paths on a host', () => {
    const auths = { [`${domain}/ours`]: { auth }, [`${domain}/theirs`]: { auth: encode('robot:theirs') } }
    expect(passwords(usable(read(auths)))).to.deep.equal({ [domain]: canary })
  })

  const nested = (depth: number) =>
    `{"auths":{"${domain}":{"auth":"${auth}"}},"${canary}":${'['.repeat(depth)}${']'.repeat(depth)}}`
  const none = new RegExp(`entry for ${domain.replaceAll('.', '\\.')} has neither "auth" nor`)
  const faults: [string, string, RegExp][] = [
    ['is empty', '', /no JSON object/],
    ['is no JSON', canary, /no JSON object/],
    ['is a list', '[]', /no JSON object/],
    ['has no auths', '{}', /no "auths"/],
    ['is nested too deeply', nested(100_000), /nested too deeply/],
    ['has no entry at all', config({}), /no entry for any of images\.vendor\.com, /],
    ['knows none of the hosts', config({ 'theirs.example': { auth } }), /no entry for any of images\.vendor\.com, /],
    ['has an entry without credentials', config({ [domain]: {} }), none],
    ['has an entry that is no base64 of a pair', config({ [domain]: { auth: canary } }), none],
    ['has an empty password', config({ [domain]: { username: 'LICENSE_ID', password: '' } }), none],
    ['has an empty password behind the colon', config({ [domain]: { auth: encode('LICENSE_ID:') } }), none],
    ['has an empty user name', config({ [domain]: { username: '', password: canary } }), none],
    ['has an empty user name before the colon', config({ [domain]: { auth: encode(`:${canary}`) } }), none],
  ]
  for (const [what, text, message] of faults) {
    it(`that ${what} is refused, without a word of what it holds`, () => {
      const fault = faultOf(licenseFromDockerConfig(text, hosts))
      expect(fault).to.match(message)
      expect(tells(fault)).to.equal(false)
    })
  }
})

describe("a license's fingerprint", () => {
  const of = (...ids: string[]) => ids.map((id) => usable(licenseFromId(id, hosts)).fingerprint)

  it('is the same for the same license', () => {
    expect(new Set(of(canary, canary))).to.have.lengthOf(1)
  })

  it('changes with the license', () => {
    expect(new Set(of(canary, 'another'))).to.have.lengthOf(2)
  })

  it('changes with the credentials of any host', () => {
    const read = (password: string) =>
      usable(
        licenseFromDockerConfig(
          JSON.stringify({ auths: { [domain]: { auth }, 'proxy.replicated.com': { auth: encode(`a:${password}`) } } }),
          hosts,
        ),
      ).fingerprint
    expect(read('one')).not.to.equal(read('other'))
  })

  it('tells nothing of it', () => {
    expect(of(canary)[0]).to.match(/^[0-9a-f]{16}$/)
  })
})
