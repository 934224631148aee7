import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { isPending, type Asker } from '../src/decision/verdict.ts'
import { assemble, type Assembly } from '../src/assembly.ts'
import { loadConfig } from '../src/config/load.ts'
import type { LicenseState } from '../src/license/source.ts'
import { parseReference } from '../src/reference/reference.ts'
import { licenseFor } from './support/licenses.ts'
import { createAuthority } from '../testbed/certificates.ts'
import { startHttpsServer } from '../testbed/httpsServer.ts'

const license = licenseFor('an-id', 'proxy.replicated.com')

describe('what serve, check and explain share', () => {
  const assemblies: Assembly[] = []
  afterEach(async () => {
    for (const assembly of assemblies.splice(0)) await assembly.close()
  })

  /** An assembly whose license comes from a source that has said nothing yet. */
  async function assembled(text: string) {
    let tell: (state: LicenseState) => void = () => undefined
    const told: LicenseState[] = []
    const assembly = await assemble(loadConfig({ text, env: {}, terminal: false }), {
      environment: {},
      onLicense: (state) => told.push(state),
      licenseSource: (_hosts, listener) => {
        tell = listener
        return Promise.resolve({ stop: () => undefined })
      },
    })
    assemblies.push(assembly)
    return {
      assembly,
      told,
      tell: (state: LicenseState) => {
        tell(state)
      },
    }
  }

  it('is not ready before the license was read', async () => {
    const { assembly } = await assembled('appSlug: my-app')
    expect(assembly.licenseFault()).to.equal('the license was not read yet')
  })

  it('tells nobody of a fault before the license was read', async () => {
    expect((await assembled('appSlug: my-app')).told).to.deep.equal([])
  })

  it('keeps the last good license and its slug, and warns of the source', async () => {
    const { assembly, tell } = await assembled('')
    tell({ license: { ...license, appSlug: 'my-app' } })
    tell({ fault: 'gone' })
    expect([assembly.ruling()?.pullSecret, assembly.license()?.fingerprint]).to.deep.equal([
      'my-app-registry',
      license.fingerprint,
    ])
    expect([assembly.licenseFault(), assembly.licenseWarning()]).to.deep.equal([undefined, 'gone'])
  })

  it('uses a license of another application than appSlug names, and warns of it', async () => {
    const { assembly, tell } = await assembled('appSlug: my-app')
    tell({ license: { ...license, appSlug: 'their-app' } })
    expect([assembly.licenseFault(), assembly.licenseWarning(), assembly.appSlug()]).to.deep.equal([
      undefined,
      'appSlug is "my-app", but the license is for the application "their-app"',
      'my-app',
    ])
  })

  it('warns of a license without credentials for the proxy, and says what to add', async () => {
    const { assembly, tell } = await assembled('appSlug: my-app')
    tell({ license: licenseFor('an-id', 'registry.replicated.com') })
    expect(assembly.licenseWarning()).to.equal(
      'the license has no credentials for proxy.replicated.com, where private images are pulled from: add an entry for proxy.replicated.com to the "auths" of its dockerconfigjson, which has one for registry.replicated.com',
    )
  })

  it('is content with a license for the proxy alone, however its domain is written', async () => {
    const { assembly, tell } = await assembled('{appSlug: my-app, proxy: {domain: Proxy.Example.com}}')
    tell({ license: licenseFor('an-id', 'proxy.example.com') })
    expect(assembly.licenseWarning()).to.equal(undefined)
  })

  it('is content with a license for the domain alone that the template of locations begins with', async () => {
    const { assembly, tell } = await assembled(
      '{appSlug: my-app, proxy: {template: "Harbor.example/cache/{repository}{suffix}"}}',
    )
    tell({ license: licenseFor('an-id', 'harbor.example') })
    expect(assembly.licenseWarning()).to.equal(undefined)
  })

  it('is content with a license of the application that appSlug names, or of none', async () => {
    const { assembly, tell } = await assembled('appSlug: my-app')
    tell({ license })
    expect(assembly.licenseWarning()).to.equal(undefined)
    tell({ license: { ...license, appSlug: 'my-app' } })
    expect(assembly.licenseWarning()).to.equal(undefined)
  })

  it('is not ready where the license was never usable', async () => {
    const { assembly, tell } = await assembled('appSlug: my-app')
    tell({ fault: 'gone' })
    expect([assembly.licenseFault(), assembly.licenseWarning()]).to.deep.equal(['gone', undefined])
  })

  it('takes a license for unusable whose slug cannot name a pull secret', async () => {
    const { assembly, tell } = await assembled('')
    tell({ license: { ...license, appSlug: 'my_app' } })
    expect(assembly.licenseFault()).to.equal(
      'pullSecret.name is missing; "my_app-registry", made of the license\'s appSlug, cannot be the name of a Secret',
    )
  })

  it('takes a license whose slug cannot name a pull secret where the configuration names it', async () => {
    const { assembly, tell } = await assembled('pullSecret: {name: mine}')
    tell({ license: { ...license, appSlug: 'my_app' } })
    expect([assembly.licenseFault(), assembly.ruling()?.pullSecret]).to.deep.equal([undefined, 'mine'])
  })

  it('needs no slug of the license where the configuration tells it', async () => {
    const { assembly, tell } = await assembled('appSlug: my-app')
    tell({ license })
    expect([assembly.licenseFault(), assembly.ruling()?.pullSecret]).to.deep.equal([undefined, 'my-app-registry'])
  })

  it('does not ask the proxy where verification is off', async () => {
    const { assembly, tell } = await assembled('{appSlug: my-app, proxy: {verify: false}}')
    tell({ license })
    const reference = parseReference('proxy.replicated.com/proxy/my-app/quay.io/team/secret:1')
    expect(assembly.registryVerdicts.proxy(reference, { namespace: 'my-app' })).to.equal(undefined)
  })

  it('asks a registry anew for whom what it said before does not count', async () => {
    const authority = await createAuthority()
    let status = 200
    const server = await startHttpsServer(await authority.issue({ names: ['localhost'] }), (_request, response) => {
      response.writeHead(status, { 'Docker-Content-Digest': `sha256:${'0'.repeat(64)}` }).end()
    })
    const directory = await mkdtemp(join(tmpdir(), 'assembly-'))
    const caFile = join(directory, 'ca.pem')
    await writeFile(caFile, authority.certificate)
    try {
      const endpoints = `{quay.io: "https://localhost:${server.port}"}`
      const { assembly } = await assembled(
        `{appSlug: my-app, check: {caFile: "${caFile}", allowedNetworks: [127.0.0.0/8], endpoints: ${endpoints}}}`,
      )
      const access = async (asker: Asker) => {
        const answer = assembly.registryVerdicts.anonymous(parseReference('quay.io/a/b:1'), asker)
        return (isPending(answer) ? await answer.verdict : answer).access
      }
      const first = await access({ namespace: 'my-app' })
      status = 404
      expect([
        first,
        await access({ namespace: 'my-app' }),
        await access({ namespace: 'my-app', since: Date.now() + 1000 }),
      ]).to.deep.equal(['public', 'public', 'missing'])
    } finally {
      await server.close()
      await rm(directory, { recursive: true })
    }
  })
})
