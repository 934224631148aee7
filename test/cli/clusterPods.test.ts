import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { createAuthority } from '../../testbed/certificates.ts'
import { startHttpsServer, type RunningServer } from '../../testbed/httpsServer.ts'
import { cli, startCliScene, type CliScene } from './runner.ts'

const original = 'quay.io/my-org/api:v1.0.1'
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

describe('explain of a cluster', () => {
  let world: CliScene
  let api: RunningServer
  let directory: string
  let kubeconfig: string
  const asked: URL[] = []
  /** Whether the API server permits to read Pods and nothing else. */
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
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [
        {
          name: 'test',
          cluster: { server: `https://${api.host}`, 'certificate-authority-data': Buffer.from(ca).toString('base64') },
        },
      ],
      users: [
        { name: 'test', user: { token } },
        { name: 'nobody', user: { token: 'nobody' } },
      ],
      contexts: [
        { name: 'test', context: { cluster: 'test', user: 'test' } },
        { name: 'unprivileged', context: { cluster: 'test', user: 'nobody' } },
      ],
    }
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, JSON.stringify(config))
    return path
  }

  const explain = (argv: readonly string[], KUBECONFIG = kubeconfig) =>
    cli(['explain', ...argv], { environment: { ...world.environment, KUBECONFIG } })
  const imagesOf = (stdout: string) => (JSON.parse(stdout) as { images: Record<string, unknown>[] }).images

  it('tells the images of all namespaces as their owner wrote them, replicas once, static Pods never', async () => {
    const { exitCode, stdout } = await explain(['-A', '-o', 'json'])
    expect(imagesOf(stdout).map(({ workload, image, decision }) => [workload, image, decision])).to.deep.equal([
      ['prod/ReplicaSet/api-6d4f', original, 'rewrite'],
      ['dev/Pod/bare', 'redis:7', 'leave'],
      ['prod/StatefulSet/db', original, 'rewrite'],
    ])
    expect(exitCode).to.equal(0)
  })

  it('reads page by page, and only Pods that have not ended', async () => {
    await explain(['-A'])
    const queries = asked
      .filter(({ pathname }) => pathname === '/api/v1/pods')
      .map(({ searchParams }) => Object.fromEntries(searchParams))
    const fieldSelector = 'status.phase!=Succeeded,status.phase!=Failed'
    expect(queries).to.deep.equal([
      { limit: '500', fieldSelector },
      { limit: '500', fieldSelector, continue: '1' },
    ])
  })

  it('reads one namespace', async () => {
    const { stdout } = await explain(['-n', 'dev', '-o', 'json'])
    expect(asked.map(({ pathname }) => pathname))
      .to.include('/api/v1/namespaces/dev/pods')
      .and.not.include('/api/v1/pods')
    expect(imagesOf(stdout).map(({ workload }) => workload)).to.deep.equal(['dev/Pod/bare'])
  })

  it('asks for the one MutatingWebhookConfiguration that the configuration names: the webhook’s own Pods may read no other', async () => {
    const own = { KUBECONFIG: kubeconfig, KUBERNETES_WEBHOOK_CONFIGURATION: 'the-releases' }
    await cli(['explain', '-n', 'dev'], { environment: { ...world.environment, ...own } })
    const queries = asked.filter(({ pathname }) => pathname.endsWith('/mutatingwebhookconfigurations'))
    expect(queries.map(({ searchParams }) => searchParams.get('fieldSelector'))).to.deep.equal([
      'metadata.name=the-releases',
    ])
  })

  it('says why the Pods cannot be read', async () => {
    const { exitCode, stderr } = await explain(['-A'], join(directory, 'nobody'))
    expect(exitCode).to.equal(1)
    expect(stderr).to.equal(
      "error: cannot read the cluster's Pods: the API server answers 403: pods is forbidden: to list pods must be permitted (kubectl auth can-i list pods -A); explain -n NAMESPACE reads one namespace alone\n",
    )
  })

  it('says what is wrong with KUBECONFIG', async () => {
    const { exitCode, stderr } = await explain(['-A'], join(directory, 'absent'))
    expect(exitCode).to.equal(2)
    expect(stderr).to.match(/^error: the kubeconfig cannot be used: ENOENT[^\n]+\n$/)
  })

  it('ends with the commands that make Pods anew which run something else', async () => {
    const { stdout } = await explain(['-A'])
    expect(stdout).to.match(
      /\nThese run something else than they would be admitted with\. To make them anew:\n {2}kubectl rollout restart statefulset\/db -n prod\n$/,
    )
  })

  it('takes the cluster of ~/.kube/config where KUBECONFIG names none', async () => {
    const path = join(directory, '.kube/config')
    const environment = { ...world.environment, HOME: directory }
    const { exitCode, stdout } = await cli(['explain', '-n', 'dev', '-o', 'json'], {
      environment,
      files: { [path]: '' },
    })
    expect(imagesOf(stdout).map(({ workload }) => workload)).to.deep.equal(['dev/Pod/bare'])
    expect(exitCode).to.equal(0)
  })

  it('takes the context that it is told', async () => {
    const { exitCode, stderr } = await explain(['-A', '--context', 'unprivileged'])
    expect(stderr).to.include('the API server answers 403')
    expect(exitCode).to.equal(1)
  })

  it('says that there is no such context', async () => {
    const { exitCode, stderr } = await explain(['-A', '--context', 'absent'])
    expect(stderr).to.match(/^error: the kubeconfig cannot be used: [^\n]*absent[^\n]*\n$/)
    expect(exitCode).to.equal(2)
  })

  describe('of which the webhook is asked about some namespaces', () => {
    it('tells why it is not asked about the others', async () => {
      const { stdout } = await explain(['-A', '-o', 'json'])
      expect(imagesOf(stdout).map(({ workload, notAsked }) => [workload, notAsked])).to.deep.equal([
        ['prod/ReplicaSet/api-6d4f', undefined],
        ['dev/Pod/bare', 'namespace dev has the label image-proxy-webhook/ignore=true'],
        ['prod/StatefulSet/db', undefined],
      ])
    })

    it('says so in the table', async () => {
      const { stdout } = await explain(['-A'])
      expect(stdout).to.match(
        /dev\/Pod\/bare .* not asked .* the webhook is not asked: namespace dev has the label image-proxy-webhook\/ignore=true\. Asked, it would leave it alone: readable without credentials\n/,
      )
    })

    it('reads the labels of one namespace where one is asked for', async () => {
      await explain(['-n', 'dev'])
      expect(asked.map(({ pathname }) => pathname))
        .to.include('/api/v1/namespaces/dev')
        .and.not.include('/api/v1/namespaces')
    })

    it('says what cannot be known where it may read Pods alone', async () => {
      isBlind = true
      const { exitCode, stdout } = await explain(['-A', '-o', 'json'])
      expect(imagesOf(stdout)).to.have.length(3)
      expect((JSON.parse(stdout) as { notes: string[] }).notes.map((note) => note.split(':')[0])).to.deep.equal([
        'whether the webhook is asked about these Pods is not known',
        'whether a namespace opts out by the label image-proxy-webhook/ignore is not known',
      ])
      expect(exitCode).to.equal(0)
    })

    it('says it beside a table as notes', async () => {
      isBlind = true
      const { stderr } = await explain(['-A'])
      expect(stderr).to.match(
        /^note: whether the webhook is asked [^\n]* is forbidden\nnote: whether a namespace opts out/,
      )
    })
  })
})
