import { expect } from 'chai'
import type { License } from '../../../src/license/content.ts'
import type { LicenseState } from '../../../src/license/source.ts'
import { connect } from '../../../src/kubernetes/connect.ts'
import { watchLicenseSecret } from '../../../src/cluster/licenseSecret.ts'
import { waitFor } from '../support/wait.ts'
import { useApiServer } from './support/apiServer.ts'

const name = 'my-license'
const hosts = { configured: ['proxy.example.com'], all: ['proxy.example.com'] }
const passwordOf = (license: License | undefined) => license?.credentials.get('proxy.example.com')?.password
const canary = 'CANARY-LICENSE-ID'
const file = ['apiVersion: kots.io/v1beta1', 'kind: License', `spec: {licenseID: ${canary}, appSlug: my-app}`].join(
  '\n',
)
const dockerConfig = JSON.stringify({ auths: { 'proxy.example.com': { username: 'LICENSE_ID', password: canary } } })

describe('The license in a Secret', function () {
  this.timeout(120_000)
  const server = useApiServer()

  async function watch(): Promise<{ namespace: string; states: readonly LicenseState[] }> {
    const namespace = await server.namespace()
    const states: LicenseState[] = []
    const listener = (state: LicenseState) => states.push(state)
    const watched = watchLicenseSecret({ api: await server.client(), namespace, name, hosts, listener })
    server.cleanUp(() => {
      watched.stop()
    })
    await waitFor('a first word', () => states.length > 0)
    return { namespace, states }
  }

  async function put(namespace: string, stringData: Record<string, string>): Promise<void> {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData }
    await server.cluster().kubectl(['replace', '--force', '--filename=-'], { input: JSON.stringify(secret) })
  }

  it('is missed where the Secret does not exist, and found when it does', async () => {
    const { namespace, states } = await watch()
    expect(states).to.deep.equal([{ fault: `the Secret ${namespace}/my-license does not exist` }])
    await put(namespace, { id: `${canary}\n` })
    const { license } = await waitFor('the license', () => states.find(({ license }) => license !== undefined))
    expect(passwordOf(license)).to.equal(canary)
  })

  const contents: readonly (readonly [string, Record<string, string>, string | undefined])[] = [
    ['a license file', { 'license.yaml': file }, 'my-app'],
    ['a docker configuration', { '.dockerconfigjson': dockerConfig }, undefined],
    ['an id', { id: canary }, undefined],
  ]
  for (const [what, stringData, appSlug] of contents) {
    it(`is read from ${what}`, async () => {
      const { namespace, states } = await watch()
      await put(namespace, stringData)
      const { license } = await waitFor('the license', () => states.find(({ license }) => license !== undefined))
      expect(license?.credentials.get('proxy.example.com')).to.deep.equal({ username: 'LICENSE_ID', password: canary })
      expect(license?.appSlug).to.equal(appSlug)
    })
  }

  const faults: readonly (readonly [string, Record<string, string>, string])[] = [
    ['no known key', { license: canary }, 'has none of the keys .dockerconfigjson, license.yaml, id'],
    ['an empty id', { id: '' }, 'key id: the license id is empty'],
    ['another kind of file', { 'license.yaml': `kind: Config\n# ${canary}` }, 'is no License of kots.io/v1beta1'],
    ['no JSON', { '.dockerconfigjson': canary }, 'key .dockerconfigjson: the dockerconfigjson is no JSON object'],
  ]
  for (const [what, stringData, expected] of faults) {
    it(`is faulty with ${what}, and says so without quoting it`, async () => {
      const { namespace, states } = await watch()
      await put(namespace, stringData)
      const fault = await waitFor('the fault', () => states.find(({ fault }) => fault?.includes(expected))?.fault)
      expect(fault).to.include(`the Secret ${namespace}/my-license`).and.not.include(canary)
    })
  }

  it('follows each change of the Secret, and its deletion', async () => {
    const { namespace, states } = await watch()
    await put(namespace, { id: 'first' })
    await waitFor('the first license', () => passwordOf(states.at(-1)?.license) === 'first')
    await put(namespace, { id: 'second' })
    await waitFor('the second license', () => passwordOf(states.at(-1)?.license) === 'second')
    await server.cluster().kubectl(['delete', 'secret', name, `--namespace=${namespace}`])
    await waitFor('the fault', () => states.at(-1)?.fault === `the Secret ${namespace}/my-license was deleted`)
  })

  it('is faulty where RBAC forbids to read it, and says who may not do what', async () => {
    const namespace = await server.namespace()
    await server.cluster().kubectl(['create', 'serviceaccount', 'webhook', `--namespace=${namespace}`])
    const { directory, environment } = await server.serviceAccount(namespace, 'webhook')
    const api = await connect({ environment, serviceAccount: directory, requestsPerSecond: 100 })
    if (api === undefined) throw new Error('no cluster')
    const states: LicenseState[] = []
    const watched = watchLicenseSecret({ api, namespace, name, hosts, listener: (state) => states.push(state) })
    server.cleanUp(() => {
      watched.stop()
      api.close()
    })
    const { fault } = await waitFor('the fault', () => states[0])
    expect(fault).to.match(
      /^the Secret \S+ cannot be read: the API server answers 403: .*webhook" cannot list resource "secrets"/,
    )
  })
})
