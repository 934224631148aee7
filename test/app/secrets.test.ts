import { expect } from 'chai'
import { proxyDomain } from '../../testbed/scene.ts'
import { licenseFor } from '../support/licenses.ts'
import { startAppScene, type AppScene, type Settings, type TestApp } from '../support/app.ts'
import { podReview } from '../support/podReviews.ts'
import {
  bearer,
  challenge,
  failure,
  json,
  manifest,
  redirect,
  startScriptedRegistry,
  status,
  type Asked,
  type Reply,
  type Script,
  type ScriptedRegistry,
} from '../support/registry.ts'
import { basic } from '../../testbed/upstream.ts'

const licenseId = 'canary-license-31415926'
const authorization = basic('LICENSE_ID', licenseId)
const auth = authorization.replace('Basic ', '')
const token = 'canary.token-27182818'
const otherAuth = Buffer.from('somebody:canary-password-14142135').toString('base64')
const { fingerprint } = licenseFor(licenseId, 'proxy.replicated.com')
const canaries = [licenseId, fingerprint, auth, token, 'canary-password-14142135', otherAuth, 'canary']

/** A proxy that grants a token for the license, as it should. */
const granting: Script = (asked) => {
  if (asked.path === '/token') return asked.authorization === authorization ? json(200, { token }) : failure(401, 'X')
  return asked.authorization === `Bearer ${token}` ? manifest : challenge(bearer('/token'))
}

/** A proxy that says this once it was shown the license, at the token endpoint or, where that is for `manifest`, later. */
const onceShown =
  (says: Reply, where: 'token' | 'manifest'): Script =>
  (asked) => {
    if (asked.path === '/token') return where === 'token' ? says : json(200, { token })
    return asked.authorization === undefined ? challenge(bearer('/token')) : says
  }

const echo = { errors: [{ code: 'DENIED', message: `${licenseId} ${auth} ${token}` }] }
const echoHeaders = { 'x-license': licenseId, 'set-cookie': auth, 'retry-after': token }

describe('no secret shows', () => {
  let scene: AppScene
  let proxy: ScriptedRegistry
  let warned: string[]
  const onWarning = (warning: Error) => warned.push(String(warning))

  before(async () => {
    scene = await startAppScene()
    proxy = await startScriptedRegistry(await scene.registries.authority.issue({ names: ['127.0.0.1'] }))
  })
  after(async () => {
    await scene.close()
    await proxy.close()
  })
  beforeEach(() => {
    warned = []
    process.on('warning', onWarning)
  })
  afterEach(() => {
    process.off('warning', onWarning)
  })

  const start = (settings: Settings) =>
    scene.start({ ...settings, check: { timeout: '500ms', endpoints: { [proxyDomain]: proxy.url } } })

  /** Everything that somebody other than the proxy gets to see, after two Pods. */
  async function everythingShown(app: TestApp): Promise<string> {
    const images = ['quay.io/my-org/api:v1.0.1', 'quay.io/my-org/gone:1', `${proxyDomain}/proxy/my-app/redis:7`]
    const answers = [await app.send(podReview(images)), await app.send(podReview(images))]
    const patches = answers.map(({ json }) => {
      const { patch = '' } = (json as { response: { patch?: string } }).response
      return Buffer.from(patch, 'base64').toString()
    })
    const pages = await Promise.all(['/metrics', '/readyz?verbose', '/livez?verbose'].map((path) => app.get(path)))
    // Warnings of the process are told in a later turn.
    await new Promise(setImmediate)
    return [
      ...answers.map((answer) => JSON.stringify(answer)),
      ...patches,
      ...pages.map(({ text }) => text),
      ...app.lines,
      ...warned,
    ].join('\n')
  }

  const shown = ({ authorization }: Asked) => authorization?.includes(auth) === true
  const proxies: readonly [what: string, script: Script][] = [
    ['grants a token', granting],
    ['takes Basic credentials', ({ authorization }) => (authorization ? manifest : challenge('Basic realm="x"'))],
    ['refuses the license', onceShown(failure(403, 'DENIED'), 'token')],
    ['refuses the token', onceShown(failure(401, 'UNAUTHORIZED'), 'manifest')],
    ['echoes the license in the body of its token endpoint', onceShown(json(403, echo), 'token')],
    ['echoes the license in the headers of its token endpoint', onceShown(status(500, echoHeaders), 'token')],
    ['echoes the token in the body of an error', onceShown(json(403, echo), 'manifest')],
    ['echoes the token in the headers of an error', onceShown(status(429, echoHeaders), 'manifest')],
    [
      'echoes the license in its challenge',
      onceShown(challenge(`Bearer realm="/token",error_description="${licenseId}",scope="${token}"`), 'manifest'),
    ],
    [
      'has a realm with the license in its query',
      ({ path }) => (path === '/token' ? status(500) : challenge(bearer(`/token?account=${licenseId}&auth=${auth}`))),
    ],
    [
      'has a realm with the license in its user part',
      onceShown(challenge(bearer(`https://LICENSE_ID:${licenseId}@localhost/token`)), 'manifest'),
    ],
    ['redirects to an address with the token in its query', onceShown(redirect(`/v2/x?token=${token}`), 'manifest')],
    [
      'redirects to an address with the license in its user part',
      onceShown(redirect(`https://LICENSE_ID:${licenseId}@localhost/v2/`), 'manifest'),
    ],
    ['resets the connection', onceShown('reset', 'manifest')],
    ['never answers', onceShown('hang', 'token')],
  ]
  for (const [what, script] of proxies) {
    it(`where the proxy ${what}`, async () => {
      proxy.play(script)
      const app = await start({ license: { id: licenseId } })
      const text = await everythingShown(app)
      expect(proxy.requests.some(shown), 'the proxy was shown the license').to.equal(true)
      expect(canaries.filter((canary) => text.includes(canary))).to.deep.equal([])
    })
  }

  const files: readonly [what: string, key: 'file' | 'dockerConfigFile', text: string][] = [
    ['a license file of another kind', 'file', `apiVersion: v1\nkind: Secret\nstringData: {licenseID: ${licenseId}}\n`],
    ['a license file that is no YAML', 'file', `spec: {licenseID: "${licenseId}\n`],
    ['a license file with a tag that YAML does not know', 'file', `spec:\n  licenseID: !secret ${licenseId}\n`],
    ['a license file that is a license id', 'file', licenseId],
    [
      'a license id with a space',
      'file',
      `{apiVersion: kots.io/v1beta1, kind: License, spec: {licenseID: "${licenseId} x"}}`,
    ],
    ['a dockerconfigjson that is no JSON', 'dockerConfigFile', `{"auths":{"x":{"auth":"${auth}"`],
    ['a dockerconfigjson for other hosts', 'dockerConfigFile', `{"auths":{"ghcr.io":{"auth":"${otherAuth}"}}}`],
    [
      'a dockerconfigjson whose entry is broken',
      'dockerConfigFile',
      `{"auths":{"${proxyDomain}":{"auth":"${licenseId}"}}}`,
    ],
  ]
  for (const [what, key, text] of files) {
    it(`of ${what}, which makes the webhook not ready`, async () => {
      const app = await start({ license: { [key]: await scene.write(`${key}-of-canary`, text) } })
      expect(await app.get('/readyz')).to.have.property('status', 503)
      const shown = await everythingShown(app)
      expect(canaries.filter((canary) => shown.replaceAll('of-canary', '').includes(canary))).to.deep.equal([])
    })
  }

  it('of a dockerconfigjson, which goes to the proxy alone', async () => {
    proxy.play(granting)
    const auths = { [proxyDomain]: { auth }, 'ghcr.io': { auth: otherAuth } }
    const file = await scene.write('dockerconfig.json', JSON.stringify({ auths }))
    const text = await everythingShown(await start({ license: { dockerConfigFile: file } }))
    expect(proxy.requests.some(shown)).to.equal(true)
    expect(canaries.filter((canary) => text.includes(canary))).to.deep.equal([])
  })
})
