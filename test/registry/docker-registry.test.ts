import { expect } from 'chai'
import { parseReference } from '../../src/reference/reference.ts'
import { createVerdicts, type RegistryVerdicts } from '../../src/registry/verdicts.ts'
import { createTransport, type Transport } from '../../src/network/transport.ts'
import { createAuthority } from '../../testbed/certificates.ts'
import { ensureDockerRegistry, startDockerRegistry, type DockerRegistry } from '../support/dockerRegistry.ts'
import { defaultCheck, settled } from '../support/registryScene.ts'

const asker = { namespace: 'prod' }

describe('the real docker-registry', () => {
  let open: DockerRegistry
  let guarded: DockerRegistry
  let transport: Transport
  let lookup: RegistryVerdicts
  let digest: string

  before(async function () {
    this.timeout(120_000)
    await ensureDockerRegistry()
    const authority = await createAuthority()
    const tls = await authority.issue({ names: ['127.0.0.1'] })
    const ca = authority.certificate
    const htpasswd = { username: 'LICENSE_ID', password: 'the-license' }
    open = await startDockerRegistry({ tls, ca })
    guarded = await startDockerRegistry({ tls, ca, htpasswd })
    digest = await open.push('team/app', '1')
    await guarded.push('team/secret', '1')
    transport = createTransport({ timeout: 5000, allowedNetworks: [], ca })
    lookup = createVerdicts({
      check: {
        ...defaultCheck,
        endpoints: { 'open.example': open.url, 'guarded.example': guarded.url, 'proxy.replicated.com': guarded.url },
      },
      operatorDomains: ['proxy.replicated.com'],
      transport,
      credentials: () => ({ byDomain: new Map([['proxy.replicated.com', htpasswd]]), fingerprint: 'f1' }),
    })
  })

  after(async () => {
    await lookup.close()
    await transport.close()
    await Promise.all([open.stop(), guarded.stop()])
  })

  async function anonymous(image: string) {
    return (await settled(lookup.anonymous(parseReference(image), asker))).access
  }

  it('without authentication is public, by tag', async () => {
    expect(await anonymous('open.example/team/app:1')).to.equal('public')
  })

  it('without authentication is public, by digest', async () => {
    expect(await anonymous(`open.example/team/app@${digest}`)).to.equal('public')
  })

  it('lacks a tag that was not pushed', async () => {
    expect(await anonymous('open.example/team/app:2')).to.equal('missing')
  })

  it('lacks a repository that was not pushed', async () => {
    expect(await anonymous('open.example/team/other:1')).to.equal('missing')
  })

  it('with htpasswd is private', async () => {
    expect(await anonymous('guarded.example/team/secret:1')).to.equal('private')
  })

  it('with htpasswd does not tell what it lacks', async () => {
    expect(await anonymous('guarded.example/team/absent:1')).to.equal('private')
  })

  it('with htpasswd serves who has the credentials', async () => {
    const answer = lookup.proxy(parseReference('proxy.replicated.com/team/secret:1'), asker)

    expect(answer && (await settled(answer))).to.include({ access: 'served' })
  })

  it('with htpasswd refuses what it lacks to who has the credentials', async () => {
    const answer = lookup.proxy(parseReference('proxy.replicated.com/team/absent:1'), asker)

    expect(answer && (await settled(answer))).to.include({ access: 'refused', reason: 'not-found' })
  })
})
