import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { build } from 'esbuild'
import { manager } from '../../../src/cluster/ownership.ts'
import { secretText } from '../../../src/cluster/secrets.ts'
import { copyFor } from '../../../src/cluster/pullSecretCopy.ts'
import { imageSettings } from '../../support/bundle.ts'
import { licenseFor } from '../../support/licenses.ts'
import { useApiServer } from './support/apiServer.ts'

const namespaces = 5000
const requestsPerSecond = 100
const name = 'my-app-registry'
/** For bundled CommonJS packages, which ask for Node's own modules by `require`. */
const banner = { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` }
const first = licenseFor('license-1', 'proxy.example.com')
const second = licenseFor('license-2', 'proxy.example.com')

interface Report {
  /** Sent since the change. */
  readonly requests: number
  /** The most within any second. */
  readonly busiest: number
  /** The most memory that was resident. */
  readonly megabytes: number
}

describe('A new license in a cluster of 5 000 namespaces', function () {
  this.timeout(400_000)
  const server = useApiServer()

  it('reaches every copy in under a minute, at no more requests a second than configured, in under 170 MB', async () => {
    const home = await server.namespace()
    const owner = await server.webhookConfiguration()
    await server.cluster().apply(rbac(home, owner))
    const account = await server.serviceAccount(home, 'webhook')
    const uid = (await server.watchedConfiguration(await server.client(), owner)).owner()?.uid ?? ''
    await createCopies({ name: owner, uid })
    await createStrangers(home)

    const script = await bundle()
    const args = [
      ...imageSettings().flags,
      script,
      account.directory,
      name,
      owner,
      String(namespaces),
      String(requestsPerSecond),
    ]
    const child = spawn(process.execPath, args, { env: { ...account.environment }, stdio: ['pipe', 'pipe', 'inherit'] })
    server.cleanUp(() => child.kill())
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const report = async (): Promise<Report> => JSON.parse((await lines.next()).value ?? '') as Report
    await report()

    const changed = performance.now()
    child.stdin.write('license-2\n')
    const { requests, busiest, megabytes } = await report()
    const seconds = (performance.now() - changed) / 1000
    console.log(
      `      ${seconds.toFixed(1)} s, ${requests} requests, ${busiest} in the busiest second, ${megabytes.toFixed(0)} MB`,
    )

    expect(await holdersOf(second.dockerConfigJson)).to.equal(namespaces)
    expect(seconds).to.be.lessThan(60)
    expect(requests).to.be.at.most(namespaces + 5)
    expect(busiest).to.be.at.most(requestsPerSecond)
    expect(megabytes).to.be.lessThan(170)
  })

  /** As the image has it: Node itself would compile TypeScript in memory that is none of the webhook's. */
  async function bundle(): Promise<string> {
    const outdir = await mkdtemp(join(tmpdir(), 'keeper-'))
    server.cleanUp(() => rm(outdir, { recursive: true }))
    const entryPoints = [fileURLToPath(new URL('support/keeper.ts', import.meta.url))]
    const outExtension = { '.js': '.mjs' }
    await build({
      entryPoints,
      outdir,
      outExtension,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      minifySyntax: true,
      minifyWhitespace: true,
      banner,
    })
    return join(outdir, 'keeper.mjs')
  }

  async function createCopies(owner: { name: string; uid: string }): Promise<void> {
    const api = await server.client(2000)
    await inParallel(namespaces, async (index) => {
      const namespace = `crowd-${index}`
      await api.core.createNamespace({ body: { metadata: { name: namespace } } })
      const body = copyFor(first.dockerConfigJson, { name, namespace, owner, uid: undefined })
      const copy = { name, namespace, body, fieldManager: manager }
      await api.core.patchNamespacedSecret(copy, api.with({ patch: 'ServerSideApply' }))
    })
  }

  /** Secrets that are none of the webhook's business, and large: a cache of them would show. */
  async function createStrangers(namespace: string): Promise<void> {
    const api = await server.client(2000)
    const data = { blob: Buffer.alloc(500_000, 'x').toString('base64') }
    await inParallel(200, async (index) => {
      await api.core.createNamespacedSecret({ namespace, body: { metadata: { name: `stranger-${index}` }, data } })
    })
  }

  async function holdersOf(content: string): Promise<number> {
    const api = await server.client()
    const { items } = await api.core.listSecretForAllNamespaces({ fieldSelector: `metadata.name=${name}` })
    return items.filter((item) => secretText(item, '.dockerconfigjson') === content).length
  }
})

async function inParallel(count: number, action: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) await action(next++)
  }
  await Promise.all(Array.from({ length: 16 }, worker))
}

/** As little as keeping copies in all namespaces needs: Secrets of one name, and the webhook configuration. */
function rbac(namespace: string, configuration: string): string {
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: configuration } }
  const rules = [
    {
      apiGroups: [''],
      resources: ['secrets'],
      resourceNames: [name],
      verbs: ['get', 'list', 'watch', 'create', 'patch'],
    },
    {
      apiGroups: ['admissionregistration.k8s.io'],
      resources: ['mutatingwebhookconfigurations'],
      resourceNames: [configuration],
      verbs: ['get', 'list', 'watch', 'patch'],
    },
  ]
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'webhook', namespace } },
      { ...role, rules },
      {
        ...role,
        kind: 'ClusterRoleBinding',
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: configuration },
        subjects: [{ kind: 'ServiceAccount', name: 'webhook', namespace }],
      },
    ],
  })
}
