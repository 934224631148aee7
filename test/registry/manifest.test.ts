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

/** 253 characters: the longest name of a host. */
const longHost = `${'a.'.repeat(123)}example`

describe('The URL of a manifest', () => {
  const urls: readonly [image: string, url: string | undefined][] = [
    ['quay.io/a/b:1', 'https://quay.io/v2/a/b/manifests/1'],
    ['quay.io/a/b', 'https://quay.io/v2/a/b/manifests/latest'],
    [`quay.io/a/b:1@${digest}`, `https://quay.io/v2/a/b/manifests/${digest}`],
    ['redis:7', 'https://registry-1.docker.io/v2/library/redis/manifests/7'],
    ['registry.example:5000/a:1', 'https://registry.example:5000/v2/a/manifests/1'],
    ['1.2.3.4.5/a:1', undefined],
    ['my_host.example/a:1', undefined],
    ['registry.example:99999/a:1', undefined],
    [`${longHost}/a:1`, `https://${longHost}/v2/a/manifests/1`],
    [`a${longHost}/a:1`, undefined],
  ]
  for (const [image, url] of urls) {
    it(`of ${image.slice(0, 40)} is ${url === undefined ? 'none' : url.slice(0, 70)}`, () => {
      expect(urlOf(image)).to.equal(url)
    })
  }
})

describe('What is accepted for a manifest', () => {
  it('names the types of OCI and of Docker, lists and single ones', () => {
    expect(acceptedManifests.split(', ')).to.have.members([
      'application/vnd.oci.image.index.v1+json',
      'application/vnd.oci.image.manifest.v1+json',
      'application/vnd.docker.distribution.manifest.list.v2+json',
      'application/vnd.docker.distribution.manifest.v2+json',
    ])
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

  const hex = '0123456789abcdefABCDEF0123456789'
  const digests: readonly (readonly [text: string, isDigest: boolean])[] = [
    [digest, true],
    [`x:${hex}`, true],
    [`SHa3:${hex}`, true],
    [`sha256+B64u:${hex}`, true],
    [`sha3-a2.b_c0:${hex}`, true],
    ['yes', false],
    [`sha256:${hex.slice(1)}`, false],
    [`sha256:${hex}g`, false],
    [`sha256:${hex}-`, false],
    [`3sha:${hex}`, false],
    [`-sha:${hex}`, false],
    [`sha+-b:${hex}`, false],
    [`sha+2:${hex}`, false],
    [`sha*a:${hex}`, false],
    [`:${hex}`, false],
  ]
  for (const [text, isDigest] of digests) {
    it(`${isDigest ? 'is' : 'is not'} the digest ${text.slice(0, 50)} in the headers`, () => {
      expect(hasManifestHeaders(response({ 'docker-content-digest': text }))).to.equal(isDigest)
    })
  }

  it('is a body with a schema version and a list of manifests or layers', () => {
    const bodies = ['manifests', 'layers', 'fsLayers'].map((key) => JSON.stringify({ schemaVersion: 2, [key]: [] }))
    expect(bodies.map((body) => hasManifestBody(response({}, body)))).to.deep.equal([true, true, true])
  })

  it('is no other JSON', () => {
    const bodies = [
      '{}',
      '[]',
      '{"schemaVersion":2}',
      '{"layers":[]}',
      '{"schemaVersion":"2","layers":[]}',
      '{"schemaVersion":2,"layers":{}}',
      '{"schemaVersion":2,"errors":[]}',
      'no JSON',
    ]
    expect(bodies.map((body) => hasManifestBody(response({}, body)))).to.deep.equal(bodies.map(() => false))
  })
})
