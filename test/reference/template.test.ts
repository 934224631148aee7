import { expect } from 'chai'

import { parseReference } from '../../src/reference/reference.ts'
import { imageValues, renderTemplate, templateDomain, validateTemplate } from '../../src/reference/template.ts'
import { sha256 } from './references.ts'

function rendered(template: string, written: string): string {
  const values = imageValues(written, parseReference(written))
  return renderTemplate(template, { domain: 'images.example', appSlug: 'my-app', ...values })
}

describe('a placeholder', () => {
  const full = `Registry.example.com:5000/ns/image:Tag@${sha256}`
  const values: readonly (readonly [string, string, string])[] = [
    ['{domain}', full, 'images.example'],
    ['{appSlug}', full, 'my-app'],
    ['{image}', full, `registry.example.com:5000/ns/image:Tag@${sha256}`],
    ['{registry}', full, 'registry.example.com:5000'],
    ['{host}', full, 'registry.example.com'],
    ['{repository}', full, 'ns/image'],
    ['{tag}', full, 'Tag'],
    ['{digest}', full, sha256],
    ['{suffix}', full, `:Tag@${sha256}`],
    ['{image}', 'redis', 'redis'],
    ['{image}', 'docker.io/redis:7', 'docker.io/redis:7'],
    ['{image}', 'index.docker.io/redis', 'index.docker.io/redis'],
    ['{image}', 'my_host.example/app', 'my_host.example/app'],
    ['{registry}', 'redis', 'docker.io'],
    ['{registry}', 'index.docker.io/redis', 'docker.io'],
    ['{host}', 'redis', 'docker.io'],
    ['{host}', '[::1]:5000/app', '[::1]'],
    ['{host}', '[::1]/app', '[::1]'],
    ['{repository}', 'redis', 'library/redis'],
    ['{tag}', 'redis', ''],
    ['{digest}', 'redis', ''],
    ['{suffix}', 'redis', ''],
    ['{suffix}', 'redis:7', ':7'],
    ['{suffix}', `redis@${sha256}`, `@${sha256}`],
  ]
  for (const [placeholder, written, value] of values) {
    it(`${placeholder} of ${written.replace(sha256, 'DIGEST')} is ${JSON.stringify(value).replace(sha256, 'DIGEST')}`, () => {
      expect(rendered(placeholder, written)).to.equal(value)
    })
  }

  it('may stand more than once', () => {
    expect(rendered('{host}/{host}', 'quay.io/a/b')).to.equal('quay.io/quay.io')
  })
})

describe('a template of another pull-through proxy', () => {
  const locations: readonly (readonly [string, string, string])[] = [
    ['harbor.example/dockerhub-proxy/{repository}{suffix}', 'nginx', 'harbor.example/dockerhub-proxy/library/nginx'],
    [
      'account.dkr.ecr.eu-west-1.amazonaws.com/{host}/{repository}{suffix}',
      `quay.io/a/b:1@${sha256}`,
      `account.dkr.ecr.eu-west-1.amazonaws.com/quay.io/a/b:1@${sha256}`,
    ],
    [
      '{domain}/proxy/{appSlug}/{host}/{repository}{suffix}',
      'registry.example.com:5000/ns/image:tag',
      'images.example/proxy/my-app/registry.example.com/ns/image:tag',
    ],
  ]
  for (const [template, written, location] of locations) {
    it(`makes ${location.slice(0, 60)} of ${written.slice(0, 40)}`, () => {
      expect(rendered(template, written)).to.equal(location)
    })
  }
})

describe('the domain of a template', () => {
  it('is that of the proxy where it begins with {domain}', () => {
    expect(templateDomain('{domain}/proxy/{image}', 'Images.vendor.com')).to.equal('images.vendor.com')
  })

  it('is the host that it begins with', () => {
    expect(templateDomain('Harbor.example:8443/cache/{image}', 'images.vendor.com')).to.equal('harbor.example:8443')
  })
})

describe('validateTemplate', () => {
  for (const template of [
    '{domain}/proxy/{appSlug}/{image}',
    '{domain}/{image}',
    'harbor.example/dockerhub-proxy/{repository}{suffix}',
    'localhost/{repository}{suffix}',
    'harbor:5000/{registry}/{repository}{suffix}',
    '{domain}/{repository}:{tag}',
    '{domain}/{host}/{repository}@{digest}',
    '{domain}/{repository}:{tag}@{digest}',
    '{domain}/{tag}/{repository}:{tag}',
  ]) {
    it(`accepts ${template}`, () => {
      expect(validateTemplate(template)).to.equal(undefined)
    })
  }

  const faults: readonly (readonly [string, string])[] = [
    ['{domain}/{imag}', 'unknown placeholder "{imag}"'],
    ['{domain}/{Image}', 'unknown placeholder "{Image}"'],
    ['{domain}/{}/{image}', 'unknown placeholder "{}"'],
    ['{domain}/{constructor}/{image}', 'unknown placeholder "{constructor}"'],
    ['{domain}/{ image }', 'unknown placeholder "{ image }"'],
    ['{domain}/{image', 'brace without its counterpart'],
    ['{domain}/image}/{image}', 'brace without its counterpart'],
    ['{domain}/{{image}}', 'brace without its counterpart'],
    ['', 'must start with {domain}'],
    ['{image}', 'must start with {domain}'],
    ['{image}/{domain}', 'must start with {domain}'],
    ['/{domain}/{image}', 'must start with {domain}'],
    ['{domain}:5000/{image}', 'must start with {domain}'],
    ['{appSlug}.example/{image}', 'must start with {domain}'],
    ['harbor/{image}', '"harbor" is neither'],
    ['index.docker.io/{image}', '"index.docker.io" is neither'],
    ['https://harbor.example/{image}', '"https:" is neither'],
    ['my_host.example/{image}', '"my_host.example" is neither'],
    ['{domain}/proxy/app', 'must name the image'],
    ['{domain}/{registry}{suffix}', 'must name the image'],
    ['{domain}/{repository}', 'must keep tag and digest'],
    ['{domain}//{image}', 'makes no valid reference of "quay.io/org/app:1": repository "/quay.io/org/app" must be'],
    ['{domain}/Proxy/{image}', 'repository "Proxy/quay.io/org/app" must be lower case'],
    ['{domain}/{image}/', 'makes no valid reference'],
    ['{domain}/{image} ', 'makes no valid reference'],
    ['{domain}/{image}{suffix}', 'makes no valid reference'],
    ['{domain}/{tag}/{repository}', 'loses the tag of "quay.io/org/app:1": makes "proxy.example/1/org/app" of it'],
    ['{domain}/{repository}:v{tag}', 'loses the tag of "quay.io/org/app:1"'],
    ['{domain}/{repository}/{tag}:latest', 'loses the tag of "quay.io/org/app:1"'],
  ]
  for (const [template, fault] of faults) {
    it(`rejects ${JSON.stringify(template)}`, () => {
      expect(validateTemplate(template)).to.include(fault)
    })
  }
})
