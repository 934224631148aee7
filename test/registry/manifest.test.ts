import { expect } from 'chai'
import { parseReference } from '../../src/reference/reference.ts'
import { createEndpoints } from '../../src/registry/endpoint.ts'
import { acceptedManifests, hasManifestBody, hasManifestHeaders, manifestUrl } from '../../src/registry/manifest.ts'

const endpointOf = createEndpoints({})
const digest = `sha256:${'a'.repeat(64)}`

function urlOf(image: string): string | undefined {
  const reference = parseReference(image)
  return manifestUrl(endpointOf(reference.domain), reference)?.href
}

describe('The URL of a manifest', () => {
  const urls: readonly [image: string, url: string | undefined][] = [
    ['quay.io/a/b:1', 'https://quay.io/v2/a/b/manifests/1'],
    ['quay.io/a/b', 'https://quay.io/v2/a/b/manifests/latest'],
    [`quay.io/a/b:1@${digest}`, `https://quay.io/v2/a/b/manifests/${digest}`],
    ['redis:7', 'https://registry-1.docker.io/v2/library/redis/manifests/7'],
    ['registry.example:5000/a:1', 'https://registry.example:5000/v2/a/manifests/1'],
    ['1.2.3.4.5/a:1', undefined],
  ]
  for (const [image, url] of urls) {
    it(`of ${image.slice(0, 40)} is ${url === undefined ? 'none' : url.slice(0, 70)}`, () => {
      expect(urlOf(image)).to.equal(url)
    })
  }
})

describe('What is accepted for a manifest', () => {
  it('names the types of OCI and of Docker, lists and single ones', () => {
    expect(acceptedManifests.split(', ')).to.have.lengthOf(4)
  })

  const response = (headers: Record<string, string | string[]>, body = '') =>
    ({ status: 200, headers, body, network: 'public' }) as const

  it('is a content type of manifests, whatever its case and parameters', () => {
    const type = 'Application/VND.oci.image.manifest.v1+json; charset=utf-8'
    expect(hasManifestHeaders(response({ 'content-type': type }))).to.equal(true)
  })

  for (const type of [
    ...acceptedManifests.split(', '),
    'application/vnd.docker.distribution.manifest.v1+json',
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
  ]) {
    it(`is ${type}`, () => {
      expect(hasManifestHeaders(response({ 'content-type': type }))).to.equal(true)
    })
  }

  it('is a content type or a digest that is said on two lines', () => {
    const type = 'application/vnd.oci.image.index.v1+json'
    const twice = [{ 'content-type': [type, type] }, { 'docker-content-digest': [digest, digest] }]
    expect(twice.map((headers) => hasManifestHeaders(response(headers)))).to.deep.equal([true, true])
  })

  it('is no content type that comes second', () => {
    const types = ['text/html', 'application/vnd.oci.image.index.v1+json']
    expect(hasManifestHeaders(response({ 'content-type': types }))).to.equal(false)
  })

  it('is a digest in the headers', () => {
    expect(hasManifestHeaders(response({ 'docker-content-digest': digest }))).to.equal(true)
  })

  it('is no digest that is none', () => {
    expect(hasManifestHeaders(response({ 'docker-content-digest': 'yes' }))).to.equal(false)
  })

  it('is a body with a schema version and a list of manifests or layers', () => {
    const bodies = ['manifests', 'layers', 'fsLayers'].map((key) => JSON.stringify({ schemaVersion: 2, [key]: [] }))
    expect(bodies.map((body) => hasManifestBody(response({}, body)))).to.deep.equal([true, true, true])
  })

  it('is no other JSON', () => {
    const bodies = ['{}', '[]', '{"schemaVersion":2}', '{"layers":[]}', 'no JSON']
    expect(bodies.map((body) => hasManifestBody(response({}, body)))).to.deep.equal(bodies.map(() => false))
  })
})
