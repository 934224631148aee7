import { expect } from 'chai'
import { namesFor, parseSearchList } from '../../../src/network/dns/searchList.ts'

describe('the search list of resolv.conf', () => {
  const rows: readonly (readonly [what: string, text: string, expected: ReturnType<typeof parseSearchList>])[] = [
    [
      'is read as a kubelet writes it',
      'search apps.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
      { domains: ['apps.svc.cluster.local', 'svc.cluster.local', 'cluster.local'], ndots: 5 },
    ],
    ['counts one dot by default', 'search a.example', { domains: ['a.example'], ndots: 1 }],
    ['is the last that stands there', 'search a.example\ndomain b.example', { domains: ['b.example'], ndots: 1 }],
    ['is of one name after "domain"', 'domain a.example b.example', { domains: ['a.example'], ndots: 1 }],
    ['is the domain of the machine by default', 'nameserver ::1', { domains: ['site.example'], ndots: 1 }],
    [
      'may have blanks and tabs about it',
      '\tsearch  a.example\tb.example ',
      { domains: ['a.example', 'b.example'], ndots: 1 },
    ],
    ['has no place for the root', 'search . a.example.', { domains: ['a.example'], ndots: 1 }],
    ['takes 15 dots at most', 'search a.example\noptions rotate ndots:99', { domains: ['a.example'], ndots: 15 }],
    [
      'takes no account of comments',
      'search a.example # b.example\n; search c.example\ndomain d.example ; e.example\n;',
      { domains: ['d.example'], ndots: 1 },
    ],
    [
      'keeps the dots that another option stands after',
      'options ndots:2 rotate',
      { domains: ['site.example'], ndots: 2 },
    ],
    [
      'counts dots by no option that only looks like ndots',
      'options xndots:3 ndots:4x ndots: ndots:x\nsortlist ndots:5',
      { domains: ['site.example'], ndots: 1 },
    ],
  ]
  for (const [what, text, expected] of rows) {
    it(what, () => {
      expect(parseSearchList(text, 'machine.site.example')).to.deep.equal(expected)
    })
  }

  it('is empty where neither the file nor the name of the machine has a domain', () => {
    expect(parseSearchList('', 'machine').domains).to.deep.equal([])
  })
})

describe('the names to look up for a host', () => {
  const list = { domains: ['apps.svc', 'svc'], ndots: 2 }
  const rows: readonly (readonly [what: string, host: string, expected: readonly string[]])[] = [
    ['begin with the search list where it has few dots', 'quay.io', ['quay.io.apps.svc', 'quay.io.svc', 'quay.io']],
    ['begin with itself where it has as many dots as ndots says', 'a.b.c', ['a.b.c', 'a.b.c.apps.svc', 'a.b.c.svc']],
    ['are itself alone where it ends with a dot', 'quay.io.', ['quay.io']],
  ]
  for (const [what, host, expected] of rows) {
    it(what, () => {
      expect(namesFor(host, list)).to.deep.equal(expected)
    })
  }

  it('are none that DNS cannot carry', () => {
    const name = 'a'.repeat(253 - '.svc'.length)
    expect(namesFor(name, list)).to.deep.equal([`${name}.svc`, name])
    expect(namesFor(`${name}a`, list)).to.deep.equal([`${name}a`])
  })
})
