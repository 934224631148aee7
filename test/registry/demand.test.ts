import { expect } from 'chai'
import { forAnyRepository, named } from '../../src/registry/demand.ts'
import type { TransportResponse, Trust } from '../../src/registry/transport.ts'

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
    it(`is ${expected === undefined ? 'of no use' : `trusted as ${expected}`}: ${url}, by a ${trust} host, ${network} network`, () => {
      const by = { url: new URL('https://registry.example/v2/app/manifests/1'), trust }
      const response: TransportResponse = { status: 401, headers: {}, body: '', truncated: false, network }

      expect(named(url, by, response)?.trust).to.equal(expected)
    })
  }
})

describe('what a registry demanded', () => {
  it('is remembered without the scope that is for one repository', () => {
    const realm = { url: new URL('https://registry.example/token'), trust: 'image' } as const
    const demand = { scheme: 'bearer', realm, service: 's', scopes: ['repository:team/app:pull', 'aws'] } as const

    expect(forAnyRepository(demand)).to.deep.equal({ ...demand, scopes: ['aws'] })
  })
})
