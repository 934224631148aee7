import { expect } from 'chai'
import { registryHost } from '../../src/reference/registryHost.ts'

describe('the name under which a registry is known', () => {
  const rows: readonly (readonly [domain: string, host: string])[] = [
    ['docker.io', 'docker.io'],
    ['index.docker.io', 'docker.io'],
    ['Registry-1.Docker.io', 'docker.io'],
    ['GHCR.io', 'ghcr.io'],
    ['registry.example.com:5000', 'registry.example.com:5000'],
    ['docker.io.example.com', 'docker.io.example.com'],
  ]
  for (const [domain, host] of rows) {
    it(`is ${host} for ${domain}`, () => {
      expect(registryHost(domain)).to.equal(host)
    })
  }
})
