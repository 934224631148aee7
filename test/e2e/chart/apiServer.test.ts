import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { Cluster } from '../support/cluster.ts'
import { licensed, render } from '../../chart/support/helm.ts'
import { readyForPods } from '../support/namespaces.ts'
import { sharedCluster } from '../support/sharedCluster.ts'
import { newestHelm } from '../../chart/support/programs.ts'
import { valuesFiles } from '../../chart/support/valuesFiles.ts'
import { waitFor } from '../support/wait.ts'

const crds = fileURLToPath(new URL('../../fixtures/crds', import.meta.url))
const crdFiles = ['servicemonitors', 'prometheusrules', 'certificates', 'issuers'].map(
  (name) => `--filename=${crds}/${name}.yaml`,
)

/** Named in the values files. */
const listed = ['first-app', 'second-app']

/** Where the chart is installed, as restricted as Pod Security knows; the others are where Pods are patched. */
const [own, covered, ignored] = ['chart-system', 'chart-app', 'chart-ignored']
const restricted = {
  'pod-security.kubernetes.io/enforce': 'restricted',
  'pod-security.kubernetes.io/warn': 'restricted',
}

describe('the chart on a real API server', function () {
  this.timeout(180_000)
  let cluster: Cluster

  before(async () => {
    cluster = await sharedCluster()
    await cluster.kubectl(['create', ...crdFiles])
    await cluster.kubectl(['wait', '--for=condition=Established', ...crdFiles])
    const plain = [covered, ...listed].map((name) => namespace(name))
    await cluster.apply([namespace(own, restricted), namespace(ignored, ignore), ...plain].join('\n---\n'))
    await readyForPods(cluster, [own, covered, ignored])
  })

  after(async () => {
    await cluster.kubectl(['delete', 'namespace', own, covered, ignored, ...listed, '--wait=false'])
    await cluster.kubectl(['delete', ...crdFiles, '--wait=false'])
  })

  for (const [name, args] of valuesFiles) {
    it(`is accepted whole, with no unknown field and no word about Pod Security, with ${name}`, async () => {
      const objects = await render(newestHelm(), {}, { namespace: own, args })
      const { stderr } = await cluster.apply(objects, '--dry-run=server', '--validate=strict')
      expect(stderr).to.equal('')
    })
  }

  it('is refused where a listed namespace does not exist, by its name', async () => {
    const objects = await render(
      newestHelm(),
      { ...licensed, additionalNamespaces: ['no-such-namespace'] },
      { namespace: own },
    )
    expect(await failure(cluster.apply(objects, '--dry-run=server'))).to.include('"no-such-namespace" not found')
  })

  // Nobody answers this webhook: what the API server would ask it about is refused.
  describe('asks the webhook about', () => {
    const webhook = ['delete', 'mutatingwebhookconfiguration', 'proxy-image-proxy-webhook', '--ignore-not-found']
    const kubectl = (...args: readonly string[]) => cluster.kubectl([`--namespace=${covered}`, ...args])
    const create = (manifest: object) => cluster.apply(JSON.stringify(manifest))
    const asked = 'failed calling webhook "proxy-image-proxy-webhook.chart-app.svc"'

    before(async () => {
      await create(pod('old'))
      const args = ['--show-only=templates/mutatingwebhookconfiguration.yaml']
      const values = { ...licensed, additionalNamespaces: [ignored], webhook: { failurePolicy: 'Fail' } }
      await cluster.apply(await render(newestHelm(), values, { namespace: covered, args }))
      await waitFor('the webhook to be called', async () => {
        return (await failure(cluster.apply(JSON.stringify(pod('probe')), '--dry-run=server'))).includes(asked)
      })
    })

    after(() => cluster.kubectl(webhook))

    it('a new Pod', async () => {
      expect(await failure(create(pod('new')))).to.include(asked)
    })

    it('a new image of a Pod', async () => {
      expect(await failure(kubectl('set', 'image', 'pod/old', 'main=busybox:2'))).to.include(asked)
    })

    it('an ephemeral container', async () => {
      const debug = kubectl('debug', 'old', '--image=busybox:2', '--profile=general')
      expect(await failure(debug)).to.include(asked)
    })

    it('no new label of a Pod', () => kubectl('label', 'pod/old', 'tier=web'))

    it('no ignored Pod', () => create(pod('ignored', { labels: ignore })))

    it('no Pod in an ignored namespace', () => create(pod('elsewhere', { namespace: ignored })))

    it('no mirror of a static Pod', () =>
      create(pod('mirror', { annotations: { 'kubernetes.io/config.mirror': 'checksum' } }, { nodeName: 'node' })))

    it('no deletion', () => kubectl('delete', 'pod/old', '--wait=false'))
  })
})

const ignore = { 'image-proxy-webhook/ignore': 'true' }

function namespace(name: string, labels: object = {}): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
}

function pod(name: string, metadata: object = {}, spec: object = {}): object {
  const containers = [{ name: 'main', image: 'busybox:1' }]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: covered, ...metadata },
    spec: { containers, ...spec },
  }
}

/** What a command that does not succeed says; empty where it does. */
async function failure(command: Promise<unknown>): Promise<string> {
  return command.then(
    () => '',
    (error: unknown) => String(error),
  )
}
