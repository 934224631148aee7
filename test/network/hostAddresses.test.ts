import { expect } from 'chai'
import { addressesOf, familiesOf } from '../../src/network/resolver.ts'
import { failureOf } from '../support/transports.ts'

describe('the families of a machine’s addresses', () => {
  const interfaceOf = (address: string, internal = false) => ({
    address,
    internal,
    netmask: '',
    mac: '',
    cidr: null,
    ...(address.includes(':') ? { family: 'IPv6' as const, scopeid: 0 } : { family: 'IPv4' as const }),
  })
  const rows: readonly (readonly [what: string, addresses: readonly string[], expected: readonly number[]])[] = [
    ['are IPv4 where it has no other', ['10.0.0.5'], [4]],
    ['are IPv6 where it has no other', ['fd00::5'], [6]],
    ['are both, IPv6 first, where it has a global IPv6 address', ['10.0.0.5', '2001:db8::5'], [6, 4]],
    ['are both, IPv4 first, where its IPv6 addresses are local', ['10.0.0.5', 'fd00::5', 'fe80::1'], [4, 6]],
    ['are both where it has none but loopback', [], [4, 6]],
  ]
  for (const [what, addresses, expected] of rows) {
    it(what, () => {
      const lo = [interfaceOf('127.0.0.1', true), interfaceOf('::1', true)]
      const eth0 = addresses.map((address) => interfaceOf(address))
      expect(familiesOf({ lo, eth0 })).to.deep.equal(expected)
    })
  }
})

describe('the addresses of a host', () => {
  it('are itself where it is one, without a look-up', async () => {
    const lookUp = () => Promise.reject(new Error('looked up'))
    expect(await addressesOf('fd00::1', lookUp)).to.deep.equal([{ address: 'fd00::1', family: 6 }])
  })

  it('are a fault of DNS where the look-up finds none', async () => {
    expect((await failureOf(addressesOf('registry.test', () => Promise.resolve([])))).reason).to.equal('dns')
  })

  const addresses = (count: number) => Array.from({ length: count }, (_, at) => ({ address: `8.8.8.${at}`, family: 4 }))

  it('are a fault of DNS where they are more than 128, each of which would have to be checked', async () => {
    const finding = () => Promise.resolve(addresses(129))
    expect((await failureOf(addressesOf('registry.test', finding))).reason).to.equal('dns')
  })

  it('are all that the look-up finds where they are 128', async () => {
    expect(await addressesOf('registry.test', () => Promise.resolve(addresses(128)))).to.have.lengthOf(128)
  })

  it('are a fault of DNS where the look-up fails in its own way', async () => {
    const failing = () => Promise.reject(new Error('getaddrinfo ENOTFOUND'))
    expect((await failureOf(addressesOf('registry.test', failing))).reason).to.equal('dns')
  })
})
