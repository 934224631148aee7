import { expect } from 'chai'
import { isInNetworks, isNetwork, isPublicAddress, parseNetwork } from '../../src/network/addresses.ts'

const refused: Readonly<Record<string, readonly string[]>> = {
  'a loopback address': ['127.0.0.1', '127.255.255.254', '::1'],
  'an unspecified address': ['0.0.0.0', '0.1.2.3', '::'],
  'a link-local address': ['169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'febf::1'],
  'a private address': ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1'],
  'a unique local address': ['fc00::1', 'fd00:ec2::254'],
  'a site-local address': ['fec0::1'],
  "a carrier's own address": ['100.64.0.1', '100.100.100.200', '100.127.255.255'],
  'a multicast address': ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  'the broadcast address': ['255.255.255.255'],
  'a reserved address': ['192.0.0.192', '240.0.0.1', '2001::1', '100::1'],
  'a benchmark address': ['198.18.0.1', '198.19.255.255', '2001:2::1'],
  'a documentation address': ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  'a 6to4 address, and a relay': ['2002:7f00:1::', '2002:808:808::', '192.88.99.1'],
  'a Teredo address': ['2001:0:7f00:1::'],
  'a mapped form of such an address': ['::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::ffff:10.0.0.1%eth0'],
  'an IPv4-compatible form': ['::127.0.0.1', '::7f00:1', '::8.8.8.8', '::8.8.8.8%eth0'],
  'a translated form of such an address': ['64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::808:808'],
  'an address outside of global unicast': ['4000::1', '::2', '5f00::1'],
  "the address of Azure's host": ['168.63.129.16', '::ffff:168.63.129.16'],
  'a short or octal form of such an address': ['127.1', '0x7f.1', '0177.1', '2130706433', '::ffff:127.1'],
  'what is no address': ['', 'localhost', '1.2.3.4.5', '1.2.3.256', ':::', '[::1]'],
}

const open: Readonly<Record<string, readonly string[]>> = {
  'an IPv4 address': ['8.8.8.8', '1.1.1.1', '9.255.255.255', '172.15.0.1', '172.32.0.1', '100.63.0.1', '198.20.0.1'],
  'an IPv6 address': ['2606:4700::1111', '2a00:1450:4001::1', '2001:4860::8888'],
  'a mapped IPv4 address': ['::ffff:8.8.8.8'],
  'an IPv4 address behind NAT64': ['64:ff9b::8.8.8.8', '64:ff9b::808:808'],
}

/** The edges of what IANA's special-purpose registries call not global, of Azure's host, and what lies beside them. */
const ranges: readonly (readonly [first: string, last: string, beside: readonly string[]])[] = [
  ['0.0.0.0', '0.255.255.255', ['1.0.0.0']],
  ['10.0.0.0', '10.255.255.255', ['9.255.255.255', '11.0.0.0']],
  ['100.64.0.0', '100.127.255.255', ['100.63.255.255', '100.128.0.0']],
  ['127.0.0.0', '127.255.255.255', ['126.255.255.255', '128.0.0.0']],
  ['168.63.129.16', '168.63.129.16', ['168.63.129.15', '168.63.129.17']],
  ['169.254.0.0', '169.254.255.255', ['169.253.255.255', '169.255.0.0']],
  ['172.16.0.0', '172.31.255.255', ['172.15.255.255', '172.32.0.0']],
  ['192.0.0.0', '192.0.0.255', ['191.255.255.255', '192.0.1.0']],
  ['192.0.2.0', '192.0.2.255', ['192.0.1.255', '192.0.3.0']],
  ['192.88.99.0', '192.88.99.255', ['192.88.98.255', '192.88.100.0']],
  ['192.168.0.0', '192.168.255.255', ['192.167.255.255', '192.169.0.0']],
  ['198.18.0.0', '198.19.255.255', ['198.17.255.255', '198.20.0.0']],
  ['198.51.100.0', '198.51.100.255', ['198.51.99.255', '198.51.101.0']],
  ['203.0.113.0', '203.0.113.255', ['203.0.112.255', '203.0.114.0']],
  ['224.0.0.0', '255.255.255.255', ['223.255.255.255']],
  ['::', '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', ['2000::']],
  ['2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', ['2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:200::']],
  ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', ['2001:db7:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db9::']],
  ['2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', ['2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2003::']],
  ['3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', ['3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '3fff:1000::']],
  ['4000::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', ['3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff']],
  // All of NAT64's network that carries a public IPv4 address is open: these carry one beside the network.
  ['64:ff9a:ffff:ffff:ffff:ffff:808:808', '64:ff9b::1:808:808', ['64:ff9b::808:808']],
]

describe('isPublicAddress', () => {
  for (const [first, last, beside] of ranges) {
    it(`refuses ${first} and ${last}, and accepts ${beside.join(' and ')} beside them`, () => {
      expect([first, last].filter(isPublicAddress), 'accepted').to.deep.equal([])
      expect(
        beside.filter((address) => !isPublicAddress(address)),
        'refused',
      ).to.deep.equal([])
    })
  }
  for (const [what, addresses] of Object.entries(refused)) {
    for (const address of addresses) {
      it(`refuses ${what}: ${address}`, () => {
        expect(isPublicAddress(address)).to.equal(false)
      })
    }
  }
  for (const [what, addresses] of Object.entries(open)) {
    for (const address of addresses) {
      it(`accepts ${what}: ${address}`, () => {
        expect(isPublicAddress(address)).to.equal(true)
      })
    }
  }
})

describe('isInNetworks', () => {
  const networks = ['10.0.0.0/8', '192.168.1.1/32', 'fd00::/8'].map(parseNetwork)
  for (const address of ['10.1.2.3', '192.168.1.1', '::ffff:10.1.2.3', 'fd12::1']) {
    it(`finds ${address}`, () => {
      expect(isInNetworks(address, networks)).to.equal(true)
    })
  }
  for (const address of ['11.0.0.1', '192.168.1.2', 'fc00::1', '::10.0.0.1', '64:ff9b::10.0.0.1', 'localhost', '']) {
    it(`does not find ${address === '' ? 'an empty text' : address}`, () => {
      expect(isInNetworks(address, networks)).to.equal(false)
    })
  }
})

describe('isNetwork', () => {
  for (const text of ['10.0.0.0/8', '10.1.2.3/8', '0.0.0.0/0', '10.0.0.1/32', 'fd00::/8', '::/0', '2001:db8::1/128']) {
    it(`accepts ${text}`, () => {
      expect(isNetwork(text)).to.equal(true)
    })
  }
  for (const text of [
    '',
    '10.0.0.0',
    '10/8',
    '10.0.0.0/33',
    '10.0.0/8',
    '256.0.0.0/8',
    '010.0.0.0/8',
    'fd00::',
    'fd00::/129',
    'fd00::%1/8',
    '::ffff:10.0.0.0/104',
    '::ffff:a00:0/104',
    '::10.0.0.0/104',
    '64:ff9b::10.0.0.0/104',
    '10.0.0.0/8 ',
    '10.0.0.0/-1',
    'example.com/8',
  ]) {
    it(`rejects ${JSON.stringify(text)}`, () => {
      expect(isNetwork(text)).to.equal(false)
    })
  }
})

describe('parseNetwork', () => {
  it('quotes what is no network', () => {
    expect(() => parseNetwork('10.0.0.0/33')).to.throw('"10.0.0.0/33" is not a network')
  })
})
