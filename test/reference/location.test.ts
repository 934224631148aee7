import { expect } from 'chai'

import { createLocator, mayBeLocation } from '../../src/reference/location.ts'
import type { LocatorOptions } from '../../src/reference/location.ts'
import { parseReference } from '../../src/reference/reference.ts'
import { imageId, sha256 } from './references.ts'

const proxy = {
  domain: 'proxy.replicated.com',
  registryDomain: 'registry.replicated.com',
  otherDomains: [],
  template: '{domain}/proxy/{appSlug}/{image}',
}

function locator(domains: Partial<LocatorOptions['proxy']> = {}, ruleTemplates: readonly string[] = []) {
  return createLocator({ appSlug: 'app', proxy: { ...proxy, ...domains }, ruleTemplates })
}

function location(written: string, domains: Partial<LocatorOptions['proxy']> = {}): string | undefined {
  const rewrite = locator(domains).rewrite(written, parseReference(written))
  return 'location' in rewrite ? rewrite.location : undefined
}

function refusal(written: string, domains: Partial<LocatorOptions['proxy']> = {}): string | undefined {
  const rewrite = locator(domains).rewrite(written, parseReference(written))
  return 'fault' in rewrite ? rewrite.fault : undefined
}

describe('an image behind the proxy', () => {
  const P = 'proxy.replicated.com/proxy/app'
  const locations: readonly (readonly [string, string])[] = [
    ['quay.io/my-org/api:v1.0.1', `${P}/quay.io/my-org/api:v1.0.1`],
    ['quay.io/my-org/api', `${P}/quay.io/my-org/api`],
    [`quay.io/my-org/api@${sha256}`, `${P}/quay.io/my-org/api@${sha256}`],
    [`quay.io/my-org/api:v1@${sha256}`, `${P}/quay.io/my-org/api:v1@${sha256}`],
    ['redis', `${P}/redis`],
    ['redis:7', `${P}/redis:7`],
    ['my-org/private:1', `${P}/my-org/private:1`],
    ['docker.io/my-org/private:1', `${P}/docker.io/my-org/private:1`],
    ['index.docker.io/redis', `${P}/index.docker.io/redis`],
    ['library/redis', `${P}/library/redis`],
    ['GHCR.io/org/app:1', `${P}/ghcr.io/org/app:1`],
    ['GHCR.io/org/app:RC', `${P}/ghcr.io/org/app:RC`],
    ['DOCKER.IO/library/redis', `${P}/docker.io/library/redis`],
    [
      '4999999999999.dkr.ecr.us-east-2.amazonaws.com/demo-apps/nginx',
      `${P}/4999999999999.dkr.ecr.us-east-2.amazonaws.com/demo-apps/nginx`,
    ],
    ['gcr.io/my-project/app:1', `${P}/gcr.io/my-project/app:1`],
    [`quay.io/${imageId}`, `${P}/quay.io/${imageId}`],
  ]
  for (const [written, expected] of locations) {
    it(`${written} is at ${expected}`, () => {
      expect(location(written)).to.equal(expected)
    })
  }

  it('is on the custom domain where there is one', () => {
    expect(location('quay.io/a/b:1', { domain: 'images.vendor.com' })).to.equal(
      'images.vendor.com/proxy/app/quay.io/a/b:1',
    )
  })

  it('is on a domain in lower case', () => {
    expect(location('redis', { domain: 'Images.Vendor.com' })).to.equal('images.vendor.com/proxy/app/redis')
  })

  it('comes with the reference that its location is', () => {
    expect(locator().rewrite('redis:7', parseReference('redis:7'))).to.deep.include({
      reference: { domain: 'proxy.replicated.com', path: 'proxy/app/redis', tag: '7' },
    })
  })

  it('is where the template of its rule says', () => {
    const template = 'harbor.example.com/cache/{repository}{suffix}'
    const rewrite = locator({}, [template]).rewrite('redis:7', parseReference('redis:7'), template)
    expect(rewrite).to.have.property('location', 'harbor.example.com/cache/library/redis:7')
  })
})

describe('rewriting an image to its location', () => {
  const refusals: readonly (readonly [string, string])[] = [
    [
      'registry.example.com:5000/ns/image:tag',
      'its registry "registry.example.com:5000" has a port, which no path behind the proxy can hold; a rule whose template has {host} in place of {image} or {registry} leaves the port out',
    ],
    ['[::1]/app', 'its registry "[::1]" is an IPv6 address, which no path behind the proxy can hold'],
    ['[::1]:5000/app', 'its registry "[::1]:5000" is an IPv6 address, which no path behind the proxy can hold'],
    [
      `quay.io/${'a'.repeat(250)}`,
      `behind the proxy, its repository "proxy/app/quay.io/${'a'.repeat(46)}…" has 268 characters, and 255 are allowed`,
    ],
    ['Acme/app', 'behind the proxy its registry "Acme" would be in lower case, and "acme/app" is another image'],
    [
      'DOCKER.IO/redis:7',
      'behind the proxy its registry "DOCKER.IO" would be in lower case, and "docker.io/redis:7" is another image',
    ],
    [
      'Index.docker.io/my-org/app',
      'behind the proxy its registry "Index.docker.io" would be in lower case, and "index.docker.io/my-org/app" is another image',
    ],
  ]
  for (const [written, reason] of refusals) {
    it(`is refused for ${written.slice(0, 40)}, with the reason`, () => {
      expect(refusal(written)).to.equal(reason)
    })
  }

  it('is refused where the path would have 256 characters, and not where it has 255', () => {
    const written = (length: number) => `quay.io/${'a'.repeat(length - 'proxy/app/quay.io/'.length)}`
    expect([location(written(255)), location(written(256))].map((made) => made === undefined)).to.deep.equal([
      false,
      true,
    ])
  })

  for (const registry of ['registry.example.com:5000', '[::1]:5000']) {
    it(`is not refused for the registry ${registry} where the template leaves that out`, () => {
      const template = '{domain}/{repository}{suffix}'
      expect([
        refusal(`${registry}/app`, { template }),
        refusal(`${registry}/${'a/'.repeat(127)}a`, { template }),
      ]).to.deep.equal([undefined, undefined])
      expect(
        refusal(`${registry}/${'a'.repeat(250)}`, { template: '{domain}/longer/{repository}{suffix}' }),
      ).to.include('257 characters')
    })
  }

  it('is refused with a short reason, however long the name of its registry is', () => {
    expect(refusal(`${'a'.repeat(65_536)}.example:5000/app`)).to.have.length.below(300)
  })

  it('is refused where the domain would be read as a namespace of Docker Hub', () => {
    expect(refusal('redis', { domain: 'harbor' })).to.equal(
      '"harbor/proxy/app/redis" would not be on a domain of the proxy',
    )
  })

  it('is refused by a template that is not configured, whose locations would not be recognised', () => {
    const rewrite = locator().rewrite('redis', parseReference('redis'), 'unknown.example/{image}')
    expect(rewrite).to.have.property('fault', '"unknown.example/redis" would not be on a domain of the proxy')
  })

  it('is refused where the template leaves the digest out', () => {
    expect(refusal(`redis:7@${sha256}`, { template: '{domain}/{repository}:{tag}' })).to.equal(
      '"proxy.replicated.com/library/redis:7" would not keep its tag or digest',
    )
  })

  it('is refused where the template turns the port into a tag', () => {
    expect(refusal('registry.example.com:5000/app', { template: '{domain}/{repository}/{registry}{suffix}' })).to.equal(
      '"proxy.replicated.com/app/registry.example.com:5000" would not keep its tag or digest',
    )
  })
})

describe('whether a domain is the proxy’s', () => {
  const custom = locator({ domain: 'images.vendor.com', otherDomains: ['old.vendor.com', 'Older.vendor.com:8443'] }, [
    'harbor.example.com/cache/{image}',
    '{domain}/{image}',
  ])

  for (const domain of [
    'images.vendor.com',
    'IMAGES.vendor.com',
    'proxy.replicated.com',
    'Proxy.Replicated.com',
    'old.vendor.com',
    'older.vendor.com:8443',
    'harbor.example.com',
  ]) {
    it(`is true of ${domain}`, () => {
      expect(custom.isProxied(domain)).to.equal(true)
    })
  }

  for (const domain of [
    'proxy.replicated.com:443',
    'images.vendor.com:443',
    'older.vendor.com',
    'x.images.vendor.com',
    'vendor.com',
    'registry.replicated.com',
    'docker.io',
    '{domain}',
    '',
  ]) {
    it(`is false of ${JSON.stringify(domain)}`, () => {
      expect(custom.isProxied(domain)).to.equal(false)
    })
  }

  it('is true of the host that the configured template names', () => {
    expect(locator({ template: 'Harbor.example.com/{image}' }).isProxied('harbor.example.com')).to.equal(true)
  })

  it('is true of the configured domain, too, where locations begin with another', () => {
    const custom = locator({ domain: 'Images.Vendor.com', template: 'harbor.example.com/{image}' })
    expect(custom.isProxied('images.vendor.com')).to.equal(true)
  })
})

describe('whether a domain is that of the registry with the vendor’s own images', () => {
  const custom = locator({ registryDomain: 'registry.vendor.com' })

  for (const domain of ['registry.vendor.com', 'registry.replicated.com', 'REGISTRY.vendor.com']) {
    it(`is true of ${domain}`, () => {
      expect(custom.isHosted(domain)).to.equal(true)
    })
  }

  for (const domain of ['registry.vendor.com:443', 'proxy.replicated.com', 'docker.io', '']) {
    it(`is false of ${JSON.stringify(domain)}`, () => {
      expect(custom.isHosted(domain)).to.equal(false)
    })
  }
})

describe('mayBeLocation', () => {
  const digest = `sha256:${'a'.repeat(64)}`
  const cases: [location: string, written: string, may: boolean][] = [
    ['proxy.example/proxy/app/quay.io/a/b:1', 'quay.io/a/b:1', true],
    ['proxy.example/proxy/app/quay.io/a/b', 'quay.io/a/b:latest', true],
    ['proxy.example/proxy/app/redis:7', 'redis:7', true],
    ['harbor.example/docker.io/library/redis:7', 'redis:7', true],
    [`proxy.example/proxy/app/quay.io/a/b:1@${digest}`, `quay.io/a/b@${digest}`, true],
    ['proxy.example/proxy/app/quay.io/a/b:2', 'quay.io/a/b:1', false],
    [`proxy.example/proxy/app/quay.io/a/b:1@${digest}`, 'quay.io/a/b:1', false],
    ['proxy.example/proxy/app/quay.io/a/c:1', 'quay.io/a/b:1', false],
    ['proxy.example/proxy/app/quay.io/xa/b:1', 'quay.io/a/b:1', false],
    ['redis:1', 'quay.io/a/b:1', false],
    ['NOT A REFERENCE', 'quay.io/a/b:1', false],
    ['proxy.example/proxy/app/quay.io/a/b:1', 'NOT A REFERENCE', false],
  ]
  for (const [location, written, may] of cases) {
    it(`takes ${location} for ${may ? 'a' : 'no'} location of ${written}`, () => {
      expect(mayBeLocation(location, written)).to.equal(may)
    })
  }
})
