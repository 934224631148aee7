import { expect } from 'chai'
import { createGuard, type Trust } from '../../src/network/guard.ts'
import { TransportError } from '../../src/network/errors.ts'

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

function judge(decide: () => string): string {
  try {
    return decide()
  } catch (error) {
    if (error instanceof TransportError && error.reason === 'blocked-address') return 'blocked'
    throw error
  }
}
