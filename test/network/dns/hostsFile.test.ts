import { expect } from 'chai'
import { parseHostsFile } from '../../../src/network/dns/hostsFile.ts'

const text = `# Kubernetes-managed hosts file.
127.0.0.1	localhost
::1	localhost ip6-localhost # IPv6
10.0.0.1   Registry.example registry  \r
10.0.0.2 registry.example
not-an-address broken.example
10.0.0.3
#10.0.0.4 commented.example
`

describe('a hosts file', () => {
  const rows: readonly (readonly [what: string, name: string, addresses: readonly string[]])[] = [
    ['gives a name its addresses of both families', 'localhost', ['127.0.0.1', '::1']],
    ['gives a name that stands on several lines all their addresses', 'registry.example', ['10.0.0.1', '10.0.0.2']],
    ['gives an alias the address of its line', 'registry', ['10.0.0.1']],
    ['gives the same addresses for a name in capitals', 'REGISTRY', ['10.0.0.1']],
    ['ends a line at a comment', 'IPv6', []],
    ['passes over a line without an address', 'broken.example', []],
    ['passes over a line that is a comment', 'commented.example', []],
    ['knows no other name', 'constructor', []],
  ]
  const find = parseHostsFile(text)
  for (const [what, name, expected] of rows) {
    it(what, () => {
      expect(find(name).map(({ address }) => address)).to.deep.equal(expected)
    })
  }

  it('tells the family of each address', () => {
    expect(find('localhost').map(({ family }) => family)).to.deep.equal([4, 6])
  })
})
