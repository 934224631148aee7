import { expect } from 'chai'
import type { TransportResponse } from '../../src/network/transport.ts'
import { createEndpoints } from '../../src/registry/endpoint.ts'
import { interpretGet, interpretHead } from '../../src/registry/interpret.ts'

const endpointOf = createEndpoints({})
/** Its HEAD can be believed, and a GET of it would count as a pull. */
const dockerHub = endpointOf('docker.io')
/** Nobody knows how far its HEAD can be believed. */
const stranger = endpointOf('registry.example.com')
const manifestType = { 'content-type': 'application/vnd.oci.image.index.v1+json' }

function answer(status: number, headers: TransportResponse['headers'] = {}, body = ''): TransportResponse {
  return { status, headers, body, network: 'public' }
}

describe('The answer to a HEAD of a manifest', () => {
  it('means that the image is readable where it has the content type of a manifest', () => {
    expect(interpretHead(answer(200, manifestType), stranger, false)).to.include({ access: 'readable' })
  })

  it('settles nothing where it is a 200 of something else', () => {
    expect(interpretHead(answer(200, { 'content-type': 'text/html' }), stranger, false)).to.equal(undefined)
  })

  it('is the last word of Docker Hub, which gets no GET', () => {
    expect(interpretHead(answer(200, { 'content-type': 'text/html' }), dockerHub, false)).to.include({
      access: 'unknown',
      reason: 'unexpected-answer',
    })
  })

  it('means that the image is missing where it is a 404 of a registry whose HEAD is honest', () => {
    expect(interpretHead(answer(404), dockerHub, false)).to.include({ access: 'missing' })
  })

  it('means that the image is missing where it is a 404 of a registry whose HEAD is honest and which could get a GET', () => {
    expect(interpretHead(answer(404), endpointOf('quay.io'), false)).to.include({ access: 'missing' })
  })

  it('settles nothing where it is a 404 of a registry that nobody knows', () => {
    expect(interpretHead(answer(404), stranger, false)).to.equal(undefined)
  })

  it('means denied where it is a 403 and the license was shown', () => {
    expect(interpretHead(answer(403), stranger, true)).to.include({ access: 'denied' })
  })

  it('settles nothing where it is a 403 and no credentials were shown', () => {
    expect(interpretHead(answer(403), stranger, false)).to.equal(undefined)
  })

  it('settles nothing where it is a 404 of a registry that nobody knows, though the license was shown', () => {
    expect(interpretHead(answer(404), stranger, true)).to.equal(undefined)
  })

  for (const [status, access, reason] of [
    [403, 'unknown', 'forbidden'],
    [404, 'missing', 'not-found'],
    [405, 'unknown', 'unexpected-answer'],
    [408, 'unknown', 'server-error'],
    [501, 'unknown', 'server-error'],
  ] as const) {
    it(`means ${access} (${reason}) where it is a ${status} of Docker Hub, which gets no GET`, () => {
      expect(interpretHead(answer(status), dockerHub, false)).to.include({ access, reason })
    })
  }

  for (const [status, reason] of [
    [204, 'unexpected-answer'],
    [304, 'unexpected-answer'],
    [399, 'unexpected-answer'],
    [408, 'server-error'],
    [429, 'rate-limited'],
    [500, 'server-error'],
    [503, 'server-error'],
  ] as const) {
    it(`leaves the image unknown (${reason}) where it is a ${status}`, () => {
      expect(interpretHead(answer(status), stranger, false)).to.include({ access: 'unknown', reason })
    })
  }

  for (const status of [400, 405, 451, 499, 501]) {
    it(`settles nothing where it is a ${status}`, () => {
      expect(interpretHead(answer(status), stranger, false)).to.equal(undefined)
    })
  }
})

describe('The answer to a GET of a manifest', () => {
  const manifest = JSON.stringify({ schemaVersion: 2, manifests: [] })
  const cases: readonly [what: string, response: TransportResponse, access: string, reason: string][] = [
    ['a body that is a manifest', answer(200, {}, manifest), 'readable', 'readable'],
    ['the content type of a manifest', answer(200, manifestType, 'cut off'), 'readable', 'readable'],
    ['a page of a portal', answer(200, {}, '<html>'), 'unknown', 'unexpected-answer'],
    ['a 404', answer(404), 'missing', 'not-found'],
    ["a 403 with the registry's own word", answer(403, {}, '{"errors":[{"code":"DENIED"}]}'), 'denied', 'denied'],
    ['a 403 of a firewall', answer(403, {}, '<html>'), 'unknown', 'forbidden'],
    ['a 502', answer(502), 'unknown', 'server-error'],
    ['a 418', answer(418), 'unknown', 'unexpected-answer'],
  ]
  for (const [what, response, access, reason] of cases) {
    it(`means ${access} (${reason}) where it is ${what}`, () => {
      expect(interpretGet(response)).to.include({ access, reason })
    })
  }
})
