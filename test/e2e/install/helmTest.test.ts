import { X509Certificate } from 'node:crypto'
import { expect } from 'chai'
import { createAuthority, type Authority } from '../../../testbed/certificates.ts'
import { helms } from '../../chart/support/programs.ts'
import { waitFor } from '../support/wait.ts'
import { release as shared, useInstallation } from './support/installation.ts'
import { createNamespaces } from './support/namespaces.ts'
import { deploy, remove, testRelease, type Release } from './support/release.ts'
import { servedSerial } from './support/webhook.ts'

const release: Release = { name: 'tested', namespace: 'tested-system' }
const name = 'tested-image-proxy-webhook'
const deployment = `deployment/${name}`
const values = { replicaCount: 1, preStopSleepSeconds: 0 }

describe('helm test', function () {
  this.timeout(180_000)
  const world = useInstallation()
  const kubectl = async (...args: readonly string[]) =>
    (await world().cluster.kubectl([`--namespace=${release.namespace}`, ...args])).stdout

  /** What a test that must fail says, with its log. */
  async function failure(): Promise<string> {
    const outcome = await testRelease(world(), release, '--logs').catch((error: unknown) => error)
    if (outcome instanceof Error) return outcome.message
    throw new Error('the test succeeded')
  }

  async function scale(replicas: number): Promise<void> {
    await kubectl('scale', deployment, `--replicas=${replicas}`)
    await waitFor(`${replicas} Pods`, async () => {
      const running = await kubectl(
        'get',
        'pods',
        '--selector=app.kubernetes.io/name=image-proxy-webhook',
        '--output=name',
      )
      return running.split('\n').length - 1 === replicas
    })
    await kubectl('rollout', 'status', deployment, '--timeout=60s')
  }

  before(async () => {
    await createNamespaces(world(), [release.namespace], { 'pod-security.kubernetes.io/enforce': 'restricted' })
    await deploy(world(), 'install', release, { values })
  })

  after(async () => {
    await remove(world(), release)
    await world().cluster.kubectl(['delete', 'namespace', release.namespace, '--wait=false'])
  })

  for (const helm of helms) {
    it(`succeeds where Pods are patched, and leaves nothing behind, with ${helm}`, async () => {
      await testRelease(world(), { ...shared, helm })
      const pods = ['get', 'pods', `--namespace=${shared.namespace}`, '--output=name']
      expect((await world().cluster.kubectl(pods)).stdout).not.to.include('test-admission')
    })
  }

  it('fails where no webhook answers, and says so', async () => {
    await scale(0)
    expect(await failure()).to.include('connect ECONNREFUSED')
  })

  it('fails where Pods are not patched, and says so', async () => {
    const config = await kubectl('get', 'configmap', name, '--output=jsonpath={.data.config\\.yaml}')
    const data = { 'config.yaml': config.replace('mode: rewrite', 'mode: audit') }
    await kubectl('patch', 'configmap', name, '--type=merge', `--patch=${JSON.stringify({ data })}`)
    await scale(1)
    expect(await failure()).to.include('the pull secret was not attached')
  })

  it('succeeds in audit mode, where nothing is patched', async () => {
    await deploy(world(), 'upgrade', release, { values: { ...values, policy: { mode: 'audit' } } })
    await testRelease(world(), release)
  })

  describe('with a certificate of the customer', () => {
    const host = `${name}.${release.namespace}.svc`
    let authority: Authority

    before(async () => {
      authority = await createAuthority()
    })

    async function serve(issuer: Authority, host: string): Promise<void> {
      const { cert, key } = await issuer.issue({ names: [host] })
      const stringData = { 'tls.crt': cert, 'tls.key': key }
      const metadata = { name: 'own-tls', namespace: release.namespace }
      const secret = { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata, stringData }
      await world().cluster.apply(JSON.stringify(secret))
      const tls = { mode: 'existingSecret', existingSecret: 'own-tls', caBundle: authority.certificate }
      await deploy(world(), 'upgrade', release, { values: { ...values, tls } })
      const { serialNumber } = new X509Certificate(cert)
      const webhook = { fullname: name, namespace: release.namespace }
      await waitFor('the certificate', async () => (await servedSerial(world(), webhook)) === serialNumber)
    }

    it('fails where that is for another name, and says so', async () => {
      await serve(authority, 'elsewhere.svc')
      expect(await failure()).to.include(`Host: ${host}. is not in the cert's altnames`)
    })

    it('fails where that is of another CA than tls.caBundle, and says so', async () => {
      await serve(await createAuthority('Another CA'), host)
      expect(await failure()).to.include('unable to get local issuer certificate')
    })

    it('succeeds where the API server accepts it', async () => {
      await serve(authority, host)
      await testRelease(world(), release)
    })
  })
})
