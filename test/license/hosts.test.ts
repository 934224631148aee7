import { expect } from 'chai'
import { licenseHosts } from '../../src/license/hosts.ts'

describe('the hosts of a license', () => {
  const domains = {
    domain: 'Images.vendor.com',
    registryDomain: 'registry.replicated.com',
    otherDomains: ['old.vendor.com', 'images.vendor.com'],
    template: '{domain}/proxy/{appSlug}/{image}',
  }

  it('are the configured domains and the default ones, each once and in lower case', () => {
    expect(licenseHosts(domains).all).to.deep.equal([
      'images.vendor.com',
      'registry.replicated.com',
      'old.vendor.com',
      'proxy.replicated.com',
    ])
  })

  it('begin with the domain that the template of locations begins with', () => {
    expect(licenseHosts({ ...domains, template: 'Harbor.example:8443/cache/{image}' }).all).to.deep.equal([
      'harbor.example:8443',
      'images.vendor.com',
      'registry.replicated.com',
      'old.vendor.com',
      'proxy.replicated.com',
    ])
  })

  it('count as configured by the operator unless they are the default ones', () => {
    expect(licenseHosts(domains).configured).to.deep.equal(['images.vendor.com', 'old.vendor.com'])
  })
})
