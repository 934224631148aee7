import { expect } from 'chai'
import { licenseHosts } from '../../src/license/hosts.ts'
import { licenseFromDockerConfig } from '../../src/license/content.ts'
import { auth, auths, canary, domain, encode, faultOf, hosts, passwords, proxy, tells, usable } from './readings.ts'

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

  it('may be for the registry alone whose domain the template of locations begins with', () => {
    const template = 'Harbor.example/cache/{image}'
    const license = usable(read({ 'harbor.example': { auth } }, { domain: 'proxy.replicated.com', template }))
    expect([passwords(license), auths(license)]).to.deep.equal([
      { 'harbor.example': canary },
      { 'harbor.example': { auth } },
    ])
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

  it('is read as the kubelet reads it where it has user name and password beside another "auth"', () => {
    const license = usable(read({ [domain]: { username: 'robot', password: 'theirs', auth } }))
    expect(license.credentials.get(domain)).to.deep.equal({ username: 'LICENSE_ID', password: canary })
  })

  it('may have an empty "auth" beside user name and password', () => {
    const license = usable(read({ [domain]: { username: 'LICENSE_ID', password: canary, auth: '' } }))
    expect(license.credentials.get(domain)).to.deep.equal({ username: 'LICENSE_ID', password: canary })
  })

  for (const auth of ['robot:with:colons', 'r:p', 'robot::']) {
    it(`may have the user name and password of ${auth} in "auth"`, () => {
      const license = usable(read({ [domain]: { auth: encode(auth) } }))
      const [username, ...rest] = auth.split(':')
      expect(license.credentials.get(domain)).to.deep.equal({ username, password: rest.join(':') })
    })
  }

  for (const key of [
    'https://Images.Vendor.com/v1/',
    'http://images.vendor.com/',
    'images.vendor.com/',
    'IMAGES.vendor.com',
  ]) {
    it(`may spell a host as ${key}`, () => {
      expect(passwords(usable(read({ [key]: { auth } })))).to.deep.equal({ [domain]: canary })
    })
  }

  it('prefers the entry of a host as a whole in whatever case it is written', () => {
    const auths = { [`${domain}/theirs`]: { auth: encode('robot:theirs') }, 'Images.Vendor.com': { auth } }
    expect(passwords(usable(read(auths)))).to.deep.equal({ [domain]: canary })
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
