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
  it('says that it is readable by its content type', () => {
    expect(interpretHead(answer(200, manifestType), stranger, false)).to.include({ access: 'readable' })
  })

  it('says nothing by a 200 of something else', () => {
    expect(interpretHead(answer(200, { 'content-type': 'text/html' }), stranger, false)).to.equal(undefined)
  })

  it('is all that Docker Hub is asked for', () => {
    expect(interpretHead(answer(200, { 'content-type': 'text/html' }), dockerHub, false)).to.include({
      access: 'unknown',
      reason: 'unexpected-answer',
    })
  })

  it('says that it is missing by a 404 of a registry whose HEAD is honest', () => {
    expect(interpretHead(answer(404), dockerHub, false)).to.include({ access: 'missing' })
  })

  it('says nothing by a 404 of a registry that nobody knows', () => {
    expect(interpretHead(answer(404), stranger, false)).to.equal(undefined)
  })

  it('is a denial by a 403 where the license was shown', () => {
    expect(interpretHead(answer(403), stranger, true)).to.include({ access: 'denied' })
  })

  it('says nothing by a 403 without credentials', () => {
    expect(interpretHead(answer(403), stranger, false)).to.equal(undefined)
  })

  for (const [status, reason] of [
    [429, 'rate-limited'],
    [500, 'server-error'],
    [503, 'server-error'],
  ] as const) {
    it(`is unknown, ${reason}, by a ${status}`, () => {
      expect(interpretHead(answer(status), stranger, false)).to.include({ access: 'unknown', reason })
    })
  }

  for (const status of [400, 405, 501]) {
    it(`says nothing by a ${status}`, () => {
      expect(interpretHead(answer(status), stranger, false)).to.equal(undefined)
    })
  }
})

describe('The answer to a GET of a manifest', () => {
  const manifest = JSON.stringify({ schemaVersion: 2, manifests: [] })
  const cases: readonly [what: string, response: TransportResponse, access: string, reason: string][] = [
    ['a body that is a manifest', answer(200, {}, manifest), 'readable', 'readable'],
    ['a page of a portal', answer(200, {}, '<html>'), 'unknown', 'unexpected-answer'],
    ['a 404', answer(404), 'missing', 'not-found'],
    ["a 403 with the registry's own word", answer(403, {}, '{"errors":[{"code":"DENIED"}]}'), 'denied', 'denied'],
    ['a 403 of a firewall', answer(403, {}, '<html>'), 'unknown', 'forbidden'],
    ['a 502', answer(502), 'unknown', 'server-error'],
    ['a 418', answer(418), 'unknown', 'unexpected-answer'],
  ]
  for (const [what, response, access, reason] of cases) {
    it(`is ${access}, ${reason}, by ${what}`, () => {
      expect(interpretGet(response)).to.include({ access, reason })
    })
  }
})
