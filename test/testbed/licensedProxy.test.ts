import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { startRegistry, type Registry } from '../../testbed/registry.ts'
import { createAuthority, type Authority, type ServerCertificate } from '../../testbed/certificates.ts'
import { send } from '../../testbed/client.ts'
import { startLicensedProxy, type LicensedProxy, type LicensedProxyOptions } from '../../testbed/licensedProxy.ts'
import { basic, pull } from '../../testbed/upstream.ts'

const vendor = { username: 'vendor', password: 'of-the-vendor' }

interface Descriptor {
  readonly digest: string
  readonly size: number
}

describe("the licensed proxy's stand-in", () => {
  let authority: Authority
  let certificate: ServerCertificate
  let bearer: Registry
  let withBasic: Registry
  const opened: LicensedProxy[] = []

  before(async () => {
    authority = await createAuthority()
    certificate = await authority.issue({ names: ['localhost'] })
    const repositories = { 'my-org/api': ['1'], 'library/redis': ['7'] }
    bearer = await startRegistry({ certificate, access: 'bearer', repositories, ...vendor })
    withBasic = await startRegistry({ certificate, access: 'basic', repositories, ...vendor })
  })
  after(() => Promise.all([bearer, withBasic, ...opened].map((server) => server.close())))

  async function start(options: Partial<LicensedProxyOptions> = {}): Promise<LicensedProxy> {
    const link = { ca: authority.certificate, ...vendor }
    const links = { 'quay.io': { url: bearer.url, ...link }, 'docker.io': { url: withBasic.url, ...link } }
    const proxy = await startLicensedProxy({ certificate, licenses: ['licensed'], links, ...options })
    opened.push(proxy)
    return proxy
  }

  /** As a kubelet pulls with the license's pull secret. */
  async function pulled({ url }: LicensedProxy, path: string, { method = 'GET' } = {}) {
    const link = { url, ca: authority.certificate, username: 'LICENSE_ID', password: 'licensed' }
    const answer = await pull(link, method, `/v2/${path}`, 'application/vnd.oci.image.manifest.v1+json')
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
  }

  const images = [
    'proxy/my-app/quay.io/my-org/api/manifests/1',
    'proxy/my-app/redis/manifests/7',
    'proxy/my-app/library/redis/manifests/7',
    'proxy/my-app/docker.io/redis/manifests/7',
    'proxy/my-app/my-org/api/manifests/1',
  ]
  for (const path of images) {
    it(`pulls ${path} through with the vendor's account`, async () => {
      const registry = path.includes('quay.io') ? bearer : withBasic
      const before = registry.readers.length
      const { status, body } = await pulled(await start(), path)
      expect(status).to.equal(200)
      expect(JSON.parse(body)).to.include({ schemaVersion: 2 })
      expect(registry.readers.slice(before)).to.deep.equal(['vendor'])
    })
  }

  it('serves all that a pull asks for: the index of a tag, a manifest by its digest, and blobs', async () => {
    const proxy = await start()
    const repository = 'proxy/my-app/quay.io/my-org/api'
    const index = JSON.parse((await pulled(proxy, `${repository}/manifests/1`)).body) as { manifests: Descriptor[] }
    const manifest = await pulled(proxy, `${repository}/manifests/${index.manifests[0]?.digest ?? ''}`)
    const { config, layers } = JSON.parse(manifest.body) as { config: Descriptor; layers: Descriptor[] }
    expect(JSON.parse((await pulled(proxy, `${repository}/blobs/${config.digest}`)).body)).to.include({ os: 'linux' })
    const layer = await pulled(proxy, `${repository}/blobs/${layers[0]?.digest ?? ''}`)
    expect(layer.headers['content-length']).to.equal(String(layers[0]?.size))
  })

  it('speaks plain HTTP too where it is told to, and then names a token server that does', async () => {
    const { plainUrl: url = '' } = await start({ listenPlain: { host: '127.0.0.1', port: 0 } })
    const refused = await fetch(`${url}/v2/${images[0] ?? ''}`)
    const { realm, scope } = /realm="(?<realm>.*?)".*scope="(?<scope>.*?)"/.exec(
      refused.headers.get('www-authenticate') ?? '',
    )?.groups as { realm: string; scope: string }
    expect(realm).to.equal(`${url}/token`)
    const granted = await fetch(`${realm}?scope=${scope}`, {
      headers: { authorization: basic('LICENSE_ID', 'licensed') },
    })
    const { token } = (await granted.json()) as { token: string }
    const served = await fetch(`${url}/v2/${images[0] ?? ''}`, { headers: { authorization: `Bearer ${token}` } })
    expect(served.status).to.equal(200)
  })

  it('answers HEAD with the headers alone', async () => {
    const { status, headers, body } = await pulled(await start(), images[0] ?? '', { method: 'HEAD' })
    expect({ status, body }).to.deep.equal({ status: 200, body: '' })
    expect(headers['docker-content-digest']).to.match(/^sha256:/)
  })

  it('takes the license as Basic credentials where it is told to', async () => {
    const { status } = await pulled(await start({ scheme: 'basic' }), images[0] ?? '')
    expect(status).to.equal(200)
  })

  it('keeps a record of who asked for what', async () => {
    const proxy = await start()
    await pulled(proxy, images[0] ?? '')
    expect(proxy.pulls).to.deep.equal([
      { method: 'GET', path: images[0], license: undefined, status: 401 },
      { method: 'GET', path: images[0], license: 'licensed', status: 200 },
    ])
  })

  const refusals = [
    ['an unknown license', 'another', 'active', 401],
    ['an expired license', 'licensed', 'expired', 403],
    ['a revoked license', 'licensed', 'revoked', 401],
  ] as const
  for (const scheme of ['bearer', 'basic'] as const) {
    // With Bearer tokens it is the token endpoint that sees the license.
    const path = scheme === 'bearer' ? '/token' : `/v2/${images[0] ?? ''}`
    for (const [what, license, status, expected] of refusals) {
      it(`refuses ${what} (${scheme})`, async () => {
        const proxy = await start({ scheme })
        proxy.setLicense('licensed', status)
        const headers = { authorization: basic('LICENSE_ID', license) }
        const answer = await send(proxy.port, path, { method: 'GET', ca: authority.certificate, headers })
        expect(answer.status).to.equal(expected)
      })
    }
  }

  it('refuses a license that is revoked after its token was given', async () => {
    const proxy = await start()
    const headers = { authorization: basic('LICENSE_ID', 'licensed') }
    const options = { method: 'GET', ca: authority.certificate }
    const { token } = (await send(proxy.port, '/token', { ...options, headers })).json as { token: string }
    proxy.setLicense('licensed', 'revoked')
    const bearerToken = { authorization: `Bearer ${token}` }
    expect((await send(proxy.port, `/v2/${images[0] ?? ''}`, { ...options, headers: bearerToken })).status).to.equal(
      401,
    )
  })

  it('does not find a registry that is not linked', async () => {
    expect((await pulled(await start(), 'proxy/my-app/ghcr.io/a/b/manifests/1')).status).to.equal(404)
  })

  it('does not find a registry whose link was taken away, until it is given back', async () => {
    const proxy = await start()
    const status = async () => (await pulled(proxy, 'proxy/my-app/quay.io/my-org/api/manifests/1')).status
    proxy.setLinked('quay.io', false)
    expect(await status()).to.equal(404)
    proxy.setLinked('quay.io', true)
    expect(await status()).to.equal(200)
  })

  it('does not find images of an application that the licenses are not for', async () => {
    const proxy = await start({ apps: ['my-app'] })
    expect((await pulled(proxy, 'proxy/my-ap/quay.io/my-org/api/manifests/1')).status).to.equal(404)
    expect((await pulled(proxy, 'proxy/my-app/quay.io/my-org/api/manifests/1')).status).to.equal(200)
  })

  it('answers otherwise for such a registry where it is told to', async () => {
    const proxy = await start({ unlinkedStatus: 502 })
    expect((await pulled(proxy, 'proxy/my-app/ghcr.io/a/b/manifests/1')).status).to.equal(502)
  })

  it("serves what the license's own registry hosts", async () => {
    const proxy = await start({ hosted: { url: bearer.url, ca: authority.certificate, ...vendor } })
    expect((await pulled(proxy, 'my-org/api/manifests/1')).status).to.equal(200)
  })
})
