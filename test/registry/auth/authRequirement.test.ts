import { expect } from 'chai'
import {
  forAnyRepository,
  named,
  readAuthRequirement,
  type AuthRequirement,
  type Target,
} from '../../../src/registry/auth/authRequirement.ts'
import type { Trust } from '../../../src/network/guard.ts'
import type { TransportResponse } from '../../../src/network/transport.ts'

type Network = TransportResponse['network']

describe('a URL that a registry names', () => {
  const rows: readonly (readonly [url: string, by: Trust, network: Network, trust: Trust | undefined])[] = [
    ['/token', 'image', 'public', 'image'],
    ['/token', 'configured', 'public', 'configured'],
    ['/token', 'named', 'public', 'named'],
    ['https://Registry.example:443/token', 'configured', 'public', 'configured'],
    ['https://registry.example:8443/token', 'configured', 'public', 'named'],
    ['https://registry.example:8443/token', 'configured', 'allowed', 'image'],
    ['https://other.example/token', 'image', 'public', 'named'],
    ['https://other.example/token', 'image', 'allowed', 'image'],
    ['//other.example/token', 'image', 'public', 'named'],
    ['http://registry.example/token', 'configured', 'public', undefined],
    ['https://user@registry.example/token', 'configured', 'public', undefined],
    ['https://:password@registry.example/token', 'configured', 'public', undefined],
    ['ftp://registry.example/token', 'configured', 'public', undefined],
    ['https://', 'configured', 'public', undefined],
  ]
  for (const [url, trust, network, expected] of rows) {
    it(`(${url}) is ${expected === undefined ? 'of no use' : `trusted as ${expected}`} where the trust of that registry is ${trust} and its network ${network}`, () => {
      const by = { url: new URL('https://registry.example/v2/app/manifests/1'), trust }
      const response: TransportResponse = { status: 401, headers: {}, body: '', network }

      expect(named(url, by, response)?.trust).to.equal(expected)
    })
  }
})

describe('what a registry required', () => {
  it('is remembered without the scope that is for one repository', () => {
    const realm = { url: new URL('https://registry.example/token'), trust: 'image' } as const
    const requirement = { scheme: 'bearer', realm, service: 's', scopes: 'repository:team/app:pull aws' } as const

    expect(forAnyRepository(requirement)).to.deep.equal({ ...requirement, scopes: 'aws' })
  })
})

describe('what a registry requires', () => {
  const by: Target = { url: new URL('https://registry.example/v2/app/manifests/1'), trust: 'image' }
  const long = 'x'.repeat(5000)

  const rows: readonly (readonly [what: string, lines: string | readonly string[], required: string | undefined])[] = [
    ['nothing', [], undefined],
    ['Basic', 'Basic realm="r"', 'basic'],
    ['Basic beside a Bearer without a realm', ['Bearer service="s"', 'Basic realm="r"'], 'basic'],
    ['Bearer', 'Bearer realm="/token"', '/token'],
    ['Bearer after Basic', ['Basic realm="r"', 'Bearer realm="/token"'], '/token'],
    ['the first of two Bearers', 'Bearer realm="/one", Bearer realm="/two"', '/one'],
    ['a Bearer after one over http', ['Bearer realm="http://r.example/one"', 'Bearer realm="/two"'], '/two'],
    ['a Bearer after one with a password', 'Bearer realm="https://u:p@r.example/one", Bearer realm="/two"', '/two'],
    ['a Bearer after one that is no URL', 'Bearer realm="https://[oops", Bearer realm="/two"', '/two'],
    ['no usable realm', 'Bearer realm="http://r.example/one", Basic realm="r"', 'bad-realm'],
    ['a service of 4 000 characters', `Bearer realm="/token",service="${long.slice(0, 4000)}"`, '/token'],
    ['a long service', `Bearer realm="/token",service="${long}"`, 'bad-realm'],
    ['a long scope', `Bearer realm="/token",scope="${long}"`, 'bad-realm'],
    ['a long realm', `Bearer realm="/${long}"`, 'bad-realm'],
    ['a realm that is long as a URL', `Bearer realm="/${'\xe9'.repeat(2000)}"`, 'bad-realm'],
    ['what is long together', `Bearer realm="/${long.slice(0, 2500)}",scope="${long.slice(0, 2500)}"`, 'bad-realm'],
    ['a long parameter that nobody reads', ['Bearer realm="/token"', `x="${long}"`], 'bad-realm'],
    ['a long Basic', `Basic realm="${long}"`, 'basic'],
  ]
  for (const [what, lines, expected] of rows) {
    it(`is ${expected ?? 'nothing'} where it says ${what}`, () => {
      const headers = { 'www-authenticate': typeof lines === 'string' ? lines : [...lines] }
      const requirement = readAuthRequirement({ status: 401, headers, body: '', network: 'public' }, by)

      expect(requirement && 'access' in requirement ? requirement.reason : schemeOrRealm(requirement)).to.equal(
        expected,
      )
    })
  }
})

function schemeOrRealm(requirement: AuthRequirement | undefined): string | undefined {
  return requirement?.scheme === 'bearer' ? requirement.realm.url.pathname : requirement?.scheme
}
