import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { createAuthority } from '../../testbed/certificates.ts'
import { startHttpsServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { licenseId } from '../../testbed/scene.ts'
import { refuse, reply } from '../support/apiServer.ts'
import { kubeconfigFor } from '../support/kubeconfig.ts'
import { cli, startCliScene, type CliScene } from './runner.ts'

const image = 'quay.io/my-org/api:v1.0.1'
const secrets = '/api/v1/namespaces/image-proxy-system/secrets'
const data = { id: Buffer.from(`${licenseId}\n`).toString('base64') }

describe('check with the configuration of the webhook’s own Pods, whose license is in a Secret', () => {
  let world: CliScene
  let api: RunningServer
  let directory: string
  let kubeconfig: string
  let isForbidden = false
  const asked: URL[] = []

  before(async () => {
    world = await startCliScene()
    const authority = await createAuthority()
    api = await startHttpsServer(await authority.issue({ names: ['localhost'] }), (request, response) => {
      const url = new URL(request.url ?? '', 'https://api')
      asked.push(url)
      if (isForbidden) refuse(response, 403, 'Forbidden', 'secrets is forbidden')
      // A watch has nothing to tell.
      else if (url.searchParams.has('watch')) response.writeHead(200).flushHeaders()
      else reply(response, 200, { kind: 'SecretList', metadata: { resourceVersion: '1' }, items: [{ data }] })
    })
    directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-cluster-license-'))
    kubeconfig = join(directory, 'kubeconfig')
    await writeFile(kubeconfig, kubeconfigFor(`https://${api.host}`, authority.certificate, { test: 'reader' }))
  })
  after(async () => {
    await api.close()
    await world.close()
    await rm(directory, { recursive: true })
  })
  beforeEach(() => asked.splice(0))

  function check(KUBECONFIG: string | undefined) {
    const { LICENSE_ID: _, ...environment } = world.environment
    const own = { LICENSE_SECRET: 'the-license', KUBERNETES_NAMESPACE: 'image-proxy-system' }
    return cli(['check', image], { environment: { ...environment, ...own, ...(KUBECONFIG && { KUBECONFIG }) } })
  }

  it('asks the proxy with that license', async () => {
    const { exitCode, stdout, stderr } = await check(kubeconfig)
    expect([exitCode, stderr]).to.deep.equal([0, ''])
    expect(stdout).to.match(/private +served +rewritten/)
  })

  it('reads that Secret of the webhook’s namespace, and no other', async () => {
    await check(kubeconfig)
    expect(asked.map(({ pathname, searchParams }) => [pathname, searchParams.get('fieldSelector')])[0]).to.deep.equal([
      secrets,
      'metadata.name=the-license',
    ])
  })

  it('says why the Secret cannot be read', async () => {
    isForbidden = true
    const { exitCode, stderr } = await check(kubeconfig)
    isForbidden = false
    expect(exitCode).to.equal(2)
    expect(stderr).to.match(
      /^error: the license cannot be used: the Secret image-proxy-system\/the-license cannot be read: .*forbidden/,
    )
  })

  it('says what names a cluster where none is named', async () => {
    const { exitCode, stderr } = await check(undefined)
    expect([exitCode, stderr]).to.deep.equal([
      2,
      'error: no cluster is named: set KUBECONFIG to the path of a kubeconfig file, or write ~/.kube/config\n',
    ])
  })
})
