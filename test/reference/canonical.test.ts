import { expect } from 'chai'

import {
  cacheKey,
  canonical,
  formatReference,
  isRegistryDomain,
  manifestReference,
  parseReference,
} from '../../src/reference/reference.ts'
import { sha256, sha384, sha512 } from './references.ts'

describe('the canonical spelling', () => {
  // What ParseDockerRef(…).String() of distribution/reference v0.6.0 gives.
  const spellings: readonly (readonly [string, string])[] = [
    ['redis', 'docker.io/library/redis:latest'],
    ['redis:7', 'docker.io/library/redis:7'],
    ['redis:latest', 'docker.io/library/redis:latest'],
    [`redis@${sha256}`, `docker.io/library/redis@${sha256}`],
    [`redis:7@${sha256}`, `docker.io/library/redis@${sha256}`],
    [`redis:7@${sha384}`, `docker.io/library/redis@${sha384}`],
    [`redis:7@${sha512}`, `docker.io/library/redis@${sha512}`],
    [sha256, `docker.io/library/${sha256}`],
    ['localhost', 'docker.io/library/localhost:latest'],
    ['localhost:5000', 'docker.io/library/localhost:5000'],
    ['localhost/app', 'localhost/app:latest'],
    ['my-org/app', 'docker.io/my-org/app:latest'],
    ['docker.io/redis', 'docker.io/library/redis:latest'],
    ['docker.io/library/redis:7', 'docker.io/library/redis:7'],
    ['index.docker.io/redis', 'docker.io/library/redis:latest'],
    ['index.docker.io/my-org/app:1', 'docker.io/my-org/app:1'],
    ['DOCKER.IO/redis', 'DOCKER.IO/redis:latest'],
    ['GHCR.io/org/app', 'GHCR.io/org/app:latest'],
    ['Acme/app', 'Acme/app:latest'],
    ['quay.io/my-org/api', 'quay.io/my-org/api:latest'],
    ['quay.io/my-org/api:V1', 'quay.io/my-org/api:V1'],
    [`quay.io/my-org/api:v1@${sha256}`, `quay.io/my-org/api@${sha256}`],
    ['registry.example.com:5000/app', 'registry.example.com:5000/app:latest'],
    ['[2001:DB8::1]:5000/app:1', '[2001:DB8::1]:5000/app:1'],
    ['my_host.example/app', 'my_host.example/app:latest'],
    [`my_host.example/app:1@${sha256}`, `my_host.example/app@${sha256}`],
  ]
  for (const [written, spelling] of spellings) {
    it(`of ${written} is ${spelling}`, () => {
      expect(canonical(parseReference(written))).to.equal(spelling)
    })
  }
})

describe('a formatted reference', () => {
  it('has tag and digest both', () => {
    expect(formatReference(parseReference(`redis:7@${sha256}`))).to.equal(`docker.io/library/redis:7@${sha256}`)
  })

  it('has no tag that was not written', () => {
    expect(formatReference(parseReference('quay.io/org/app'))).to.equal('quay.io/org/app')
  })
})

describe('the manifest of a reference', () => {
  it('is the digest, whatever the tag', () => {
    expect(manifestReference(parseReference(`redis:7@${sha256}`))).to.equal(sha256)
  })

  it('is the tag where there is no digest', () => {
    expect(manifestReference(parseReference('redis:7'))).to.equal('7')
  })

  it('is latest where nothing is said', () => {
    expect(manifestReference(parseReference('redis'))).to.equal('latest')
  })
})

describe('the cache key', () => {
  const same: readonly (readonly [string, string])[] = [
    ['nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/nginx', 'nginx'],
    ['GHCR.io/org/app', 'ghcr.io/org/app'],
    [`quay.io/org/app:1@${sha256}`, `quay.io/org/app:2@${sha256}`],
    ['[::A]:5000/app', '[::a]:5000/app'],
  ]
  for (const [one, other] of same) {
    it(`is the same for ${one} and ${other}`, () => {
      expect(cacheKey(parseReference(one))).to.equal(cacheKey(parseReference(other)))
    })
  }

  const different: readonly (readonly [string, string])[] = [
    ['quay.io/org/app:v1', 'quay.io/org/app:V1'],
    ['quay.io/org/app', 'quay.io:443/org/app'],
    ['quay.io/org/app', 'org/app'],
    ['Acme/app', 'localhost/acme/app'],
    ['Acme/app', 'acme/app'],
    [`quay.io/org/app@${sha256}`, `quay.io/org/app@${sha512}`],
  ]
  for (const [one, other] of different) {
    it(`of ${one} differs from that of ${other}`, () => {
      expect(cacheKey(parseReference(one))).not.to.equal(cacheKey(parseReference(other)))
    })
  }
})

describe('isRegistryDomain', () => {
  for (const text of ['quay.io', 'localhost', 'docker.io', 'registry:5000', '[::1]', 'Acme', '10.0.0.1']) {
    it(`accepts ${text}`, () => {
      expect(isRegistryDomain(text)).to.equal(true)
    })
  }

  for (const text of [
    '',
    'acme',
    'index.docker.io',
    'my_host.example',
    'a.example/b',
    'https://a.example',
    'a.example ',
  ]) {
    it(`rejects ${JSON.stringify(text)}`, () => {
      expect(isRegistryDomain(text)).to.equal(false)
    })
  }
})
