import { expect } from 'chai'
import type { V1Pod } from '@kubernetes/client-node'
import { stored } from '../support/pods.ts'
import { waitFor } from '../support/wait.ts'
import { appSlug } from './support/accounts.ts'
import { app, otherApp, release, sharedValues, useInstallation } from './support/installation.ts'
import { startOperator, type Operator } from './support/operator.ts'
import { deploy } from './support/release.ts'
import { repairsIn, scaleWebhook, untilWaiting } from './support/repairs.ts'
import { sleeping, templateOf } from './support/workloads.ts'
import { usePageShell } from '../troubleshooting/support/page.ts'

const image = 'quay.io/my-org/many:1'
const proxied = `proxy.replicated.com/proxy/${appSlug}/${image}`
const [deployments, replicas] = [20, 5]

describe('a hundred Pods of twenty Deployments that were created while the webhook was away', function () {
  this.timeout(300_000)
  const world = useInstallation()
  const shell = usePageShell()
  let operator: Operator

  const kubectl = (...args: readonly string[]) => world().cluster.kubectl([`--namespace=${app}`, ...args])
  async function pods(): Promise<readonly V1Pod[]> {
    const { stdout } = await kubectl('get', 'pods', '--selector=crowd', '--output=json')
    return (JSON.parse(stdout) as { items: V1Pod[] }).items
  }
  const isProxied = (pod: V1Pod): boolean => stored(pod).images['main'] === proxied
  const isRunning = ({ status }: V1Pod): boolean => status?.containerStatuses?.[0]?.state?.running !== undefined

  before(async () => {
    await world().scene.push(image)
    const values = { ...sharedValues, repair: { perMinute: 600 } }
    await deploy(world(), 'upgrade', release, { values })
    await scaleWebhook(world(), release, 0)
    const items = Array.from({ length: deployments }, (_, index) => {
      const { selector, template } = templateOf(`crowd-${index}`, sleeping({ main: image }))
      const labelled = { ...template, metadata: { labels: { ...template.metadata.labels, crowd: 'yes' } } }
      const metadata = { name: `crowd-${index}` }
      return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas, selector, template: labelled } }
    })
    await world().cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }), `--namespace=${app}`)
    await world().cluster.kubectl(['create', 'configmap', 'compared', `--namespace=${otherApp}`])
    operator = startOperator(world(), otherApp, 'compared', image)
    await untilWaiting(world(), otherApp, 'compared')
    await waitFor(
      'all Pods to wait',
      async () => {
        const found = await pods()
        const reasons = found.map(({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason ?? '')
        return found.length === deployments * replicas && reasons.every((reason) => reason.includes('Pull'))
      },
      { seconds: 90 },
    )
    await scaleWebhook(world(), release, 2)
  })
  after(async () => {
    await operator.stop()
    await kubectl('delete', 'deployments', '--all', '--wait=false')
    await world().cluster.kubectl(['delete', 'configmap', 'compared', `--namespace=${otherApp}`])
    await deploy(world(), 'upgrade', release, { values: sharedValues })
  })

  it('are all replaced by Pods that pull from the proxy within half a minute of its return, where repair.perMinute is raised', async () => {
    await waitFor('a hundred new Pods', async () => (await pods()).filter(isProxied).length === 100, { seconds: 30 })
  })

  // A node of two processors takes 25 s for a hundred Pods that nobody has to replace, and 35 s where it ends a hundred others.
  it('all run soon after', async () => {
    await waitFor(
      'all Pods to run',
      async () => (await pods()).filter((pod) => isRunning(pod) && isProxied(pod)).length === 100,
      { seconds: 120 },
    )
  })

  it('are each mended once', async () => {
    const replaced = (await repairsIn(world(), release)).filter(({ namespace, result }) => {
      return namespace === app && result === 'replaced'
    })
    expect([replaced.length, new Set(replaced.map(({ pod }) => pod)).size]).to.deep.equal([100, 100])
  })

  it('leave an operator alone that compares its Pod and makes it anew, after three of its Pods at most', async () => {
    await waitFor('the operator to have compared', () => operator.rejected.length >= 3)
    const replaced = (await repairsIn(world(), release)).filter(({ namespace, result }) => {
      return namespace === otherApp && result === 'replaced'
    })
    expect(replaced.length).to.be.within(1, 3)
  })

  it('leave that operator to be found by the command of docs/troubleshooting.md', async () => {
    const names = {
      NAMESPACE: release.namespace,
      WEBHOOK: 'app.kubernetes.io/name=image-proxy-webhook',
      APP: otherApp,
      POD: 'compared',
      IMAGE: image,
    }
    const { missing } = await shell().run('An operator changes its Pods back', names)
    expect(missing).to.deep.equal([])
  })
})
