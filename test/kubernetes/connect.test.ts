import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { connect, type ConnectOptions } from '../../src/kubernetes/connect.ts'
import { createAuthority } from '../../testbed/certificates.ts'

describe('The cluster that is connected to', () => {
  let directory: string
  let serviceAccount: string
  let kubeconfig: string
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'connect-'))
    const { certificate } = await createAuthority()
    serviceAccount = join(directory, 'service-account')
    await mkdir(serviceAccount)
    await writeFile(join(serviceAccount, 'token'), 'token')
    await writeFile(join(serviceAccount, 'ca.crt'), certificate)
    await writeFile(join(serviceAccount, 'namespace'), 'of-the-pod')
    kubeconfig = join(directory, 'config')
    await writeFile(kubeconfig, JSON.stringify(config('of-the-kubeconfig')))
    await mkdir(join(directory, '.kube'))
    await writeFile(join(directory, '.kube/config'), JSON.stringify(config('of-the-home-directory')))
  })
  after(() => rm(directory, { recursive: true }))

  function config(namespace: string): object {
    return {
      'current-context': 'a',
      clusters: [{ name: 'c', cluster: { server: 'https://localhost:1' } }],
      users: [{ name: 'u', user: { token: 'x' } }],
      contexts: [{ name: 'a', context: { cluster: 'c', user: 'u', namespace } }],
    }
  }

  const inPod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }

  /** The namespace of whoever asks tells which files were used; undefined where there is no cluster. */
  async function namespaceOf(environment: ConnectOptions['environment'], options: Partial<ConnectOptions> = {}) {
    const api = await connect({ environment, serviceAccount, requestsPerSecond: 1, ...options })
    api?.close()
    return api?.namespace
  }

  it('is none outside of a cluster, and without a kubeconfig', async () => {
    expect(await namespaceOf({})).to.be.undefined
  })

  it('is none for a Pod that mounts no token', async () => {
    expect(await namespaceOf(inPod, { serviceAccount: join(directory, 'nowhere') })).to.be.undefined
  })

  it("is the Pod's own where there is no kubeconfig", async () => {
    expect(await namespaceOf(inPod)).to.equal('of-the-pod')
  })

  it("is the Pod's own where KUBECONFIG is empty", async () => {
    expect(await namespaceOf({ ...inPod, KUBECONFIG: '' })).to.equal('of-the-pod')
  })

  it('is that of KUBECONFIG, in a Pod as well', async () => {
    expect(await namespaceOf({ ...inPod, KUBECONFIG: kubeconfig })).to.equal('of-the-kubeconfig')
  })

  it('is that of the files it is told rather than that of KUBECONFIG', async () => {
    expect(await namespaceOf({ KUBECONFIG: join(directory, 'absent') }, { kubeconfig })).to.equal('of-the-kubeconfig')
  })

  it('is never that of ~/.kube/config, which nobody has named', async () => {
    expect(await namespaceOf({ HOME: directory })).to.be.undefined
  })

  for (const [host, port, server] of [
    ['10.0.0.1', '443', 'https://10.0.0.1'],
    ['fd00::1', '6443', 'https://[fd00::1]:6443'],
    ['kubernetes.default', undefined, 'https://kubernetes.default'],
  ] as const) {
    it(`is at ${server} for a Pod whose environment has the host ${host} and ${port === undefined ? 'no port' : `the port ${port}`}`, async () => {
      const environment = { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port }
      const api = await connect({ environment, serviceAccount, requestsPerSecond: 1 })
      const asked = Promise.withResolvers<string>()
      const told = (message: unknown): void => {
        asked.resolve((message as { readonly request: { readonly origin: string } }).request.origin)
      }
      subscribe('undici:request:create', told)
      const asking = api?.core.readNamespace({ name: 'a' }, api.with({ retry: false })).catch(() => undefined)
      const origin = await asked.promise
      unsubscribe('undici:request:create', told)
      api?.close()
      await asking
      expect(origin.replace(/:443$/, '')).to.equal(server)
    })
  }
})
