import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { expect } from 'chai'
import { licensed, render } from '../chart/support/helm.ts'
import { newestHelm } from '../chart/support/programs.ts'
import { run } from '../support/command.ts'
import type { Cluster } from './support/cluster.ts'
import { readyForPods } from './support/namespaces.ts'
import { sharedCluster } from './support/sharedCluster.ts'

const root = join(import.meta.dirname, '../..')
const [covered, quiet, outside] = ['plugin-covered', 'plugin-quiet', 'plugin-outside'] as const
const namespaces = [covered, quiet, outside]
const image = 'quay.io/my-org/plugin:1'

interface Report {
  readonly images: readonly { readonly workload: string; readonly notAsked?: string }[]
  readonly notes: readonly string[]
}

describe('kubectl image-proxy explain, on a cluster', function () {
  this.timeout(120_000)
  let cluster: Cluster
  let directory: string
  let configuration: string

  before(async () => {
    cluster = await sharedCluster()
    directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-plugin-'))
    await run(process.execPath, [join(root, 'scripts/package.ts'), '--out', directory])
    // Nothing answers: what the API server would ask about is told by this object alone.
    const values = { ...licensed, additionalNamespaces: [covered, quiet] }
    const args = ['--show-only=templates/mutatingwebhookconfiguration.yaml']
    configuration = await render(newestHelm(), values, { args })
    const labels = { 'image-proxy-webhook/ignore': 'true' }
    const items = namespaces.flatMap((name) => [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...(name === quiet && { labels }) } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'plugin', namespace: name } },
    ])
    await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    await readyForPods(cluster, namespaces)
    for (const namespace of namespaces) {
      const spec = { containers: [{ name: 'main', image }], nodeSelector: { 'no-such': 'node' } }
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'api', namespace }, spec }
      await cluster.apply(JSON.stringify(pod))
    }
    await cluster.apply(configuration)
  })
  after(async () => {
    await cluster.kubectl(['delete', '--filename=-'], { input: configuration })
    await cluster.kubectl(['delete', 'namespace', ...namespaces, '--wait=false'])
    await rm(directory, { recursive: true })
  })

  /** What the plugin prints as JSON. It ends with 1, for nothing here can tell of the images. */
  async function explain(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Report> {
    const path = [join(directory, 'npm'), dirname(process.execPath), cluster.env['PATH']].join(delimiter)
    const words = ['image-proxy', 'explain', ...args, '--output=json', '--app-slug=my-app']
    const options = {
      env: { ...cluster.env, PATH: path, CHECK_TIMEOUT: '1s', CHECK_TOTAL: '1s', CHECK_DEADLINE: '1s', ...env },
    }
    const said = await run('sh', ['-c', 'kubectl "$@" || test $? = 1', 'sh', ...words], options)
    return JSON.parse(said.stdout) as Report
  }
  const reasonsOf = ({ images }: Report) =>
    Object.fromEntries(
      images.filter(({ workload }) => workload.startsWith('plugin-')).map((one) => [one.workload, one.notAsked]),
    )

  it('tells why the webhook is not asked about a Pod', async () => {
    const report = await explain(['-A'])
    const { [`${outside}/Pod/api`]: reason, ...reasons } = reasonsOf(report)
    expect(reasons).to.deep.equal({
      [`${covered}/Pod/api`]: undefined,
      [`${quiet}/Pod/api`]: `namespace ${quiet} has the label image-proxy-webhook/ignore=true`,
    })
    // Other tests' releases may be in the cluster: it names one of them all.
    expect(reason).to.match(
      /^namespace plugin-outside is none of those that the MutatingWebhookConfiguration \S+ selects \(.+\): additionalNamespaces of the chart adds it$/,
    )
    expect(report.notes.join('\n')).not.to.match(/forbidden/)
  })

  it('tells what cannot be known to somebody who may read the Pods of one namespace alone', async () => {
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'plugin', namespace: outside },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
    }
    await cluster.apply(JSON.stringify(role))
    const binding = ['create', 'rolebinding', 'plugin', '--role=plugin', `--serviceaccount=${outside}:plugin`]
    await cluster.kubectl([...binding, `--namespace=${outside}`])
    const { stdout: token } = await cluster.kubectl(['create', 'token', 'plugin', `--namespace=${outside}`])
    const { stdout: config } = await cluster.kubectl([
      'config',
      'view',
      '--raw',
      '--minify',
      '--flatten',
      '--output=json',
    ])
    const kubeconfig = JSON.parse(config) as { users: { user: object }[] }
    for (const user of kubeconfig.users) user.user = { token: token.trim() }
    const file = join(directory, 'kubeconfig')
    await writeFile(file, JSON.stringify(kubeconfig))

    const report = await explain(['-n', outside], { KUBECONFIG: file })
    expect(reasonsOf(report)).to.deep.equal({ [`${outside}/Pod/api`]: undefined })
    expect(report.notes.join('\n'))
      .to.match(/^whether the webhook is asked .* is forbidden: User "system:serviceaccount:plugin-outside:plugin"/)
      .and.match(/^whether a namespace opts out .* is forbidden: User /m)
  })
})
