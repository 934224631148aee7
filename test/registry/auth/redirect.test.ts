import { expect } from 'chai'
import { isRedirect, redirectTarget } from '../../../src/registry/auth/redirect.ts'
import type { TransportResponse } from '../../../src/network/transport.ts'

const from = { url: new URL('https://registry.test/v2/app/manifests/1'), trust: 'image' } as const

function response(status: number, location?: string | string[]): TransportResponse {
  return { status, headers: { location }, body: '', network: 'public' }
}

describe('a redirect', () => {
  for (const status of [301, 302, 303, 307, 308]) {
    it(`may have the status ${status}`, () => {
      expect(isRedirect(response(status))).to.equal(true)
    })
  }
  for (const status of [200, 300, 304, 305, 401]) {
    it(`never has the status ${status}`, () => {
      expect(isRedirect(response(status))).to.equal(false)
    })
  }

  const locations: readonly (readonly [
    what: string,
    location: string | string[] | undefined,
    to: string | undefined,
  ])[] = [
    ['to the path that it names', '/next', 'https://registry.test/next'],
    ['to the host that it names', 'https://cdn.test/x?sig=1', 'https://cdn.test/x?sig=1'],
    ['nowhere without a location', undefined, undefined],
    ['nowhere with two locations', ['/a', '/b'], undefined],
    ['nowhere where it names plain http', 'http://cdn.test/', undefined],
    ['nowhere where it names credentials', 'https://user:password@cdn.test/', undefined],
    ['nowhere where it names no URL', 'https://[', undefined],
  ]
  for (const [what, location, to] of locations) {
    it(`leads ${what}`, () => {
      expect(redirectTarget(response(307, location), from)?.url.href).to.equal(to)
    })
  }

  it('leads to another host as to one that a registry named', () => {
    expect(redirectTarget(response(307, 'https://cdn.test/'), from)?.trust).to.equal('named')
  })
})
