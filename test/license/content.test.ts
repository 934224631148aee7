import { expect } from 'chai'
import { licenseFromDockerConfig, licenseFromFile, licenseFromId } from '../../src/license/content.ts'
import { auth, auths, canary, domain, encode, faultOf, hosts, passwords, tells, usable } from './readings.ts'

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

  it('is shown with the user name that the proxy expects', () => {
    const { credentials } = usable(licenseFromFile(licenseFile, hosts))
    expect(credentials.get(domain)).to.deep.equal({ username: 'LICENSE_ID', password: canary })
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
