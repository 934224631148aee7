import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createAuthority } from '../../testbed/certificates.ts'
import { startHttpsServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { kubeconfigFor } from '../support/kubeconfig.ts'
import { cli, startCliScene, type CliScene, type Outcome } from './runner.ts'

export const original = 'quay.io/my-org/api:v1.0.1'
const replica = (name: string, image: string, annotations: object = {}) => ({
  metadata: {
    name,
    namespace: 'prod',
    annotations,
    ownerReferences: [{ kind: 'ReplicaSet', name: 'api-6d4f', controller: true }],
  },
  spec: { containers: [{ name: 'api', image }], imagePullSecrets: [{ name: 'my-app-registry' }] },
})
const rewritten = { 'image-proxy-webhook/original-images': JSON.stringify({ api: original }) }
const proxied = `proxy.replicated.com/proxy/my-app/${original}`

/** Pages of `/api/v1/pods`. */
const pages = [
  [replica('api-1', proxied, rewritten), replica('api-2', proxied, rewritten)],
  [
    { metadata: { name: 'bare', namespace: 'dev' }, spec: { containers: [{ name: 'a', image: 'redis:7' }] } },
    {
      metadata: {
        name: 'db-0',
        namespace: 'prod',
        ownerReferences: [{ kind: 'StatefulSet', name: 'db', controller: true }],
      },
      spec: { containers: [{ name: 'db', image: original }] },
    },
    {
      metadata: { name: 'etcd-node', namespace: 'kube-system', annotations: { 'kubernetes.io/config.mirror': 'x' } },
      spec: { containers: [{ name: 'etcd', image: 'registry.k8s.io/etcd:3' }] },
    },
  ],
]

const ignored = { key: 'image-proxy-webhook/ignore', operator: 'NotIn', values: ['true'] }
const configuration = {
  metadata: { name: 'image-proxy-webhook' },
  webhooks: [
    {
      name: 'a.b.svc',
      namespaceSelector: {
        matchExpressions: [
          { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['dev', 'prod', 'quiet'] },
          ignored,
        ],
      },
      objectSelector: { matchExpressions: [ignored] },
    },
  ],
}
/** Answers at paths other than those of Pods. */
const reach: Readonly<Record<string, object>> = {
  '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations': {
    kind: 'MutatingWebhookConfigurationList',
    items: [configuration],
  },
  '/api/v1/namespaces': {
    kind: 'NamespaceList',
    items: [
      { metadata: { name: 'prod', labels: {} } },
      { metadata: { name: 'dev', labels: { 'image-proxy-webhook/ignore': 'true' } } },
    ],
  },
  '/api/v1/namespaces/dev': { kind: 'Namespace', metadata: { name: 'dev', labels: {} } },
}

/** An API server that has some Pods, and whoever explains them. */
export interface PodsApi {
  /** The URLs that were asked for in this test. */
  readonly asked: readonly URL[]
  /** Has kubeconfigs named `reader` and `nobody`, and one for `~`. */
  readonly directory: string
  /** The environment in which a command finds the registries, and no cluster. */
  readonly environment: Readonly<Record<string, string>>
  /** Whether the API server permits to read Pods and nothing else. */
  isBlind: boolean
  explain(argv: readonly string[], KUBECONFIG?: string): Promise<Outcome>
}

/** Call it in a `describe`: its tests share the API server. */
export function usePodsApi(): PodsApi {
  let world: CliScene
  let api: RunningServer
  let directory: string
  let kubeconfig: string
  const asked: URL[] = []
  let isBlind = false

  before(async () => {
    world = await startCliScene()
    const authority = await createAuthority()
    api = await startHttpsServer(await authority.issue({ names: ['localhost'] }), (request, response) => {
      const url = new URL(request.url ?? '', 'https://api')
      asked.push(url)
      const { pathname, searchParams } = url
      if (request.headers.authorization !== 'Bearer reader') {
        response
          .writeHead(403)
          .end(JSON.stringify({ kind: 'Status', message: 'pods is forbidden', reason: 'Forbidden' }))
        return
      }
      response.setHeader('content-type', 'application/json')
      const other = reach[pathname]
      if (other !== undefined) {
        const refused = isBlind && pathname !== '/api/v1/pods'
        const status = { kind: 'Status', message: `${pathname} is forbidden`, reason: 'Forbidden' }
        response.writeHead(refused ? 403 : 200).end(JSON.stringify(refused ? status : other))
        return
      }
      const page = Number(searchParams.get('continue') ?? 0)
      const all = pathname === '/api/v1/pods'
      const items = all ? pages[page] : pages[1]?.slice(0, 1)
      const metadata = all && page === 0 ? { continue: '1' } : {}
      response.end(JSON.stringify({ kind: 'PodList', metadata, items }))
    })
    directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-cluster-'))
    kubeconfig = await writeKubeconfig('reader', authority.certificate)
    await writeKubeconfig('nobody', authority.certificate)
    await writeKubeconfig('reader', authority.certificate, join(directory, '.kube/config'))
  })
  after(async () => {
    await api.close()
    await world.close()
    await rm(directory, { recursive: true })
  })
  beforeEach(() => {
    asked.splice(0)
    isBlind = false
  })

  async function writeKubeconfig(token: string, ca: string, path = join(directory, token)): Promise<string> {
    const text = kubeconfigFor(`https://${api.host}`, ca, { test: token, unprivileged: 'nobody' })
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
    return path
  }

  return {
    asked,
    get directory() {
      return directory
    },
    get environment() {
      return world.environment
    },
    get isBlind() {
      return isBlind
    },
    set isBlind(value) {
      isBlind = value
    },
    explain: (argv, KUBECONFIG = kubeconfig) =>
      cli(['explain', ...argv], { environment: { ...world.environment, KUBECONFIG } }),
  }
}
