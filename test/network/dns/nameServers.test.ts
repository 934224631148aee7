import { expect } from 'chai'
import { parseNameServers } from '../../../src/network/dns/nameServers.ts'

describe('the name servers of resolv.conf', () => {
  const rows: readonly (readonly [what: string, text: string, expected: readonly string[]])[] = [
    [
      'are read as a kubelet writes them',
      'search svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
      ['10.96.0.10:53'],
    ],
    ['are asked in the order of the file', 'nameserver 10.0.0.2\nnameserver fd00::2', ['10.0.0.2:53', 'fd00::2:53']],
    ['may be of a network interface', 'nameserver fe80::1%eth0', ['fe80::1%eth0:53']],
    ['may have a port', 'nameserver 10.0.0.2:5353\nnameserver [fd00::2]:54', ['10.0.0.2:5353', 'fd00::2:54']],
    ['may stand in brackets', 'nameserver [fd00::2]', ['fd00::2:53']],
    [
      'are the first three',
      'nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4',
      ['10.0.0.1:53', '10.0.0.2:53', '10.0.0.3:53'],
    ],
    ['are the machine’s own where the file names none', 'search svc.cluster.local', ['127.0.0.1:53']],
    [
      'are none of what is no address',
      'nameserver dns.example\nnameserver\nnameserver 10.0.0.1:99999\nnameserver 10.0.0.300\nnameserver 10.0.0.2',
      ['10.0.0.2:53'],
    ],
    ['are not those of a comment', '# nameserver 10.0.0.1\nnameserver 10.0.0.2 # first', ['10.0.0.2:53']],
  ]
  for (const [what, text, expected] of rows) {
    it(what, () => {
      expect(parseNameServers(text).servers.map(({ address, port }) => `${address}:${port}`)).to.deep.equal(expected)
    })
  }

  it('are asked over TCP at once where the options say so', () => {
    const overTcp = ['options ndots:5 use-vc', 'options ndots:5', 'search use-vc'].map(
      (text) => parseNameServers(text).overTcp,
    )
    expect(overTcp).to.deep.equal([true, false, false])
  })
})
