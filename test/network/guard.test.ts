import { expect } from 'chai'
import { createGuard, guardedLookup, systemResolve } from '../../src/network/guard.ts'
import type { Trust } from '../../src/network/guard.ts'
import { TransportError } from '../../src/network/errors.ts'
import { resolvesTo } from '../support/transports.ts'

describe('guard', () => {
  const guard = createGuard(['10.0.0.0/8', 'fd00::/8'])
  const cases: readonly (readonly [what: string, addresses: readonly string[], Record<Trust, string>])[] = [
    ['a public host', ['8.8.8.8', '2606:4700::1'], { image: 'public', named: 'public', configured: 'public' }],
    [
      'a host in an allowed network',
      ['10.0.0.1', 'fd00::1'],
      { image: 'allowed', named: 'blocked', configured: 'allowed' },
    ],
    [
      'a host in another private network',
      ['192.168.0.1'],
      { image: 'blocked', named: 'blocked', configured: 'public' },
    ],
    [
      'a host with one forbidden address',
      ['8.8.8.8', '127.0.0.1'],
      { image: 'blocked', named: 'blocked', configured: 'public' },
    ],
    [
      'a public host that is also in an allowed network',
      ['8.8.8.8', '10.0.0.1'],
      { image: 'public', named: 'blocked', configured: 'public' },
    ],
  ]
  for (const [what, addresses, expected] of cases) {
    for (const trust of ['image', 'named', 'configured'] as const) {
      it(`says ${expected[trust]} of ${what} where the trust is ${trust}`, () => {
        expect(judge(() => guard(addresses, trust))).to.equal(expected[trust])
      })
    }
  }

  it('names the allowed network that is none', () => {
    expect(() => createGuard(['10.0.0.0/8', '10.0.0.0/40'])).to.throw('"10.0.0.0/40"')
  })
})

describe('guarded lookup', () => {
  const allow = () => undefined
  function find(lookup: ReturnType<typeof guardedLookup>, all: boolean) {
    return new Promise((resolve) => {
      lookup('registry.test', { all }, (error, address, family) => {
        resolve({ error, address, family })
      })
    })
  }

  it('gives every address to whoever wants them all', async () => {
    const lookup = guardedLookup(resolvesTo('127.0.0.1', '::1'), allow)
    const address = [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]
    expect(await find(lookup, true)).to.deep.equal({ error: null, address, family: undefined })
  })

  it('gives the first address to whoever wants one', async () => {
    const lookup = guardedLookup(resolvesTo('::1', '127.0.0.1'), allow)
    expect(await find(lookup, false)).to.deep.equal({ error: null, address: '::1', family: 6 })
  })

  it('has every address checked, and gives none of those that were refused', async () => {
    const checked: string[] = []
    const refusal = new TransportError('blocked-address', 'no')
    const lookup = guardedLookup(resolvesTo('8.8.8.8', '127.0.0.1'), (addresses) => {
      checked.push(...addresses)
      throw refusal
    })
    expect(await find(lookup, true)).to.deep.equal({ error: refusal, address: [], family: undefined })
    expect(checked).to.deep.equal(['8.8.8.8', '127.0.0.1'])
  })

  it('finds the local host with the system', async () => {
    const addresses = await systemResolve('localhost')
    expect(addresses.map(({ address }) => address)).to.include.oneOf(['127.0.0.1', '::1'])
  })
})

function judge(decide: () => string): string {
  try {
    return decide()
  } catch (error) {
    if (error instanceof TransportError && error.reason === 'blocked-address') return 'blocked'
    throw error
  }
}
