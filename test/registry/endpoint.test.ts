import { expect } from 'chai'
import { createEndpoints } from '../../src/registry/endpoint.ts'

describe('the endpoint of a registry', () => {
  const bases: readonly (readonly [string, string])[] = [
    ['quay.io', 'https://quay.io/v2'],
    ['GHCR.io', 'https://ghcr.io/v2'],
    ['registry.example.com:5000', 'https://registry.example.com:5000/v2'],
    ['docker.io', 'https://registry-1.docker.io/v2'],
    ['registry-1.docker.io', 'https://registry-1.docker.io/v2'],
    ['mirrored.example', 'https://mirror.example:8443/path/v2'],
  ]
  for (const [domain, base] of bases) {
    it(`of ${domain} is ${base}`, () => {
      const endpointOf = createEndpoints({ 'mirrored.example': 'https://mirror.example:8443/path' })

      expect(endpointOf(domain).base).to.equal(base)
    })
  }

  const mirrors: readonly (readonly [url: string, base: string, repositoryPrefix: string])[] = [
    ['https://mirror.example', 'https://mirror.example/v2', ''],
    ['https://mirror.example/v2/', 'https://mirror.example/v2', ''],
    ['https://mirror.example/harbor', 'https://mirror.example/harbor/v2', ''],
    ['https://mirror.example/v2/acme/cache', 'https://mirror.example/v2/acme/cache', 'acme/cache/'],
    ['https://mirror.example/harbor/v2/acme/', 'https://mirror.example/harbor/v2/acme', 'acme/'],
    ['https://mirror.example/v2ray', 'https://mirror.example/v2ray/v2', ''],
    ['https://mirror.example/harbor//', 'https://mirror.example/harbor/v2', ''],
    ['https://mirror.example/v2/acme/v2', 'https://mirror.example/v2/acme/v2', 'acme/v2/'],
  ]
  for (const [url, base, repositoryPrefix] of mirrors) {
    it(`is ${base} where it is configured as ${url}, with ${repositoryPrefix || 'nothing'} before its repositories`, () => {
      expect(createEndpoints({ 'quay.io': url })('quay.io')).to.include({ base, repositoryPrefix })
    })
  }

  for (const key of ['quay.io', 'QUAY.io']) {
    it(`of quay.io is the mirror that is configured for ${key}`, () => {
      expect(createEndpoints({ [key]: 'https://mirror.example' })('quay.io').base).to.equal('https://mirror.example/v2')
    })
  }

  for (const key of ['docker.io', 'index.docker.io', 'registry-1.docker.io']) {
    it(`of docker.io is the mirror that is configured for ${key}`, () => {
      expect(createEndpoints({ [key]: 'https://mirror.example' })('docker.io')).to.include({
        host: 'docker.io',
        base: 'https://mirror.example/v2',
      })
    })
  }

  const askedInstead: readonly (readonly [url: string, honest: boolean])[] = [
    ['https://mirror.example', false],
    ['https://registry.k8s.io', true],
    ['https://registry-1.docker.io', true],
    ['https://registry.k8s.io:5000', false],
  ]
  for (const [url, honest] of askedInstead) {
    it(`is ${honest ? '' : 'not '}believed when a HEAD says 404 where ${url} is asked instead of quay.io`, () => {
      expect(createEndpoints({ 'quay.io': url })('quay.io').honestHead).to.equal(honest)
    })
  }

  const trusts: readonly (readonly [string, string])[] = [
    ['quay.io', 'image'],
    ['docker.io', 'image'],
    ['mirrored.example', 'configured'],
    ['proxy.example', 'configured'],
    ['Proxy.example', 'configured'],
    ['other.example', 'configured'],
  ]
  for (const [domain, trust] of trusts) {
    it(`of ${domain} is trusted as ${trust}`, () => {
      const endpointOf = createEndpoints({ 'mirrored.example': 'https://mirror.example' }, [
        'proxy.example',
        'Other.example',
      ])

      expect(endpointOf(domain).trust).to.equal(trust)
    })
  }

  const believed: readonly (readonly [string, boolean])[] = [
    ['docker.io', true],
    ['ghcr.io', true],
    ['quay.io', true],
    ['gcr.io', true],
    ['eu.gcr.io', true],
    ['europe-docker.pkg.dev', true],
    ['registry.k8s.io', true],
    ['public.ecr.aws', true],
    ['499999999999.dkr.ecr.us-east-2.amazonaws.com', true],
    ['499999999999.dkr.ecr.cn-north-1.amazonaws.com.cn', true],
    ['499999999999.dkr.ecr-fips.us-east-1.amazonaws.com', true],
    ['acme.azurecr.io', true],
    ['mcr.microsoft.com', true],
    ['registry.gitlab.com', true],
    ['proxy.replicated.com', true],
    ['registry.replicated.com', true],
    ['acme.jfrog.io', false],
    ['nexus.example.com', false],
    ['notquay.io', false],
    ['a.quay.io', false],
    ['a.b.gcr.io', false],
    ['notgcr.io', false],
    ['a.b.pkg.dev', false],
    ['notpkg.dev', false],
    ['a.b.azurecr.io', false],
    ['notazurecr.io', false],
    ['a.499999999999.dkr.ecr.us-east-2.amazonaws.com', false],
    ['acme.dkr.ecr.us-east-2.amazonaws.com', false],
    ['499999999999.dkr.ecr.us-east-2.amazonaws.com.example', false],
    ['quay.io.example.com', false],
    ['quay.io:5000', false],
    ['images.vendor.com', false],
  ]
  for (const [domain, honest] of believed) {
    it(`of ${domain} is ${honest ? '' : 'not '}believed when a HEAD says 404`, () => {
      expect(createEndpoints({})(domain).honestHead).to.equal(honest)
    })
  }

  it('may get a GET anywhere but on Docker Hub', () => {
    const endpointOf = createEndpoints({
      'quay.io': 'https://registry-1.docker.io',
      'ghcr.io': 'https://mirror.example',
    })

    expect(['docker.io', 'quay.io', 'ghcr.io'].map((domain) => endpointOf(domain).mayGet)).to.deep.equal([
      false,
      false,
      true,
    ])
  })

  it('is https or nothing', () => {
    expect(() => createEndpoints({ 'quay.io': 'http://mirror.example' })).to.throw('an endpoint must be https')
  })
})
