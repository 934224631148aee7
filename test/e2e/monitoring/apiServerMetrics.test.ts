import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import { at, licensed, manifests, only } from '../../chart/support/helm.ts'
import { filledIn, renderDashboard } from '../../monitoring/support/dashboard.ts'
import { startPrometheus, type Prometheus } from '../../monitoring/support/prometheus.ts'
import { useAdmission } from '../support/admission.ts'
import { api, pod } from '../support/pods.ts'
import { waitFor } from '../support/wait.ts'

/** Of the release that the tests render. */
const job = 'proxy-image-proxy-webhook'

describe('a real Prometheus that scrapes the API server of the cluster', function () {
  this.timeout(120_000)
  const admission = useAdmission()
  let prometheus: Prometheus | undefined
  let closeProxy: () => Promise<void> = () => Promise.resolve()

  before(async function () {
    this.timeout(120_000)
    const proxy = await startKubectlProxy(admission.cluster().env)
    closeProxy = proxy.close
    prometheus = await startPrometheus([{ port: proxy.port, labels: { job: 'apiserver' } }], 5)
    // The admissions so far were answered. Now nobody answers: once a Pod is let through, and once it is refused.
    const webhook = await admission.start()
    await admission.register(webhook)
    await admission.untilAsked(webhook)
    await webhook.terminate()
    await admission.apply(pod('let-through', { api: api.image }))
    const patch = '[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Fail"}]'
    await admission.kubectl(
      'patch',
      'mutatingwebhookconfiguration',
      admission.namespace,
      '--type=json',
      `--patch=${patch}`,
    )
    await waitFor('a Pod to be refused', () =>
      admission.apply(pod('refused', { api: api.image }), '--dry-run=server').then(
        () => false,
        (error: unknown) => String(error).includes('failed calling webhook'),
      ),
    )
  })

  after(async () => {
    await prometheus?.stop()
    await closeProxy()
  })

  const expectData = (expression: string) =>
    waitFor(`data for ${expression}`, async () => (await prometheus?.query(expression))?.some(({ value }) => value > 0))

  it('gets data for each query of the dashboard about it, and for each metric in it', async () => {
    const { panels } = await renderDashboard()
    const queries = panels
      .flatMap(({ targets }) => targets.map(({ expr }) => filledIn(expr, { namespace: admission.namespace, job })))
      .filter((query) => query.includes('apiserver_'))
    expect(queries).not.to.be.empty
    for (const query of queries) {
      await expectData(query)
      // One that an `or` stands for would not be missed.
      for (const selector of new Set(query.match(/apiserver_\w+\{[^}]*\}/g))) await expectData(selector)
    }
  })

  it('gets a namespace and a job for the variables of the dashboard', async () => {
    const { templating } = await renderDashboard()
    for (const { query } of templating.list.filter(({ query }) => query.includes('apiserver_'))) {
      const [, selector = ''] = /^label_values\((.*), \w+\)$/.exec(query) ?? []
      await expectData(filledIn(selector, { namespace: admission.namespace, job }))
    }
  })

  for (const failurePolicy of ['Ignore', 'Fail']) {
    it(`gets data for what ImageProxyWebhookBypassed looks at with failurePolicy ${failurePolicy}`, async () => {
      const values = { ...licensed, webhook: { failurePolicy }, metrics: { prometheusRule: { enabled: true } } }
      const rule = only(await manifests(values, { namespace: admission.namespace }), 'PrometheusRule')
      const [, bypassed] = at(rule, 'spec.groups.0.rules') as readonly {
        readonly alert: string
        readonly expr: string
      }[]
      const [selector = ''] = /apiserver_\w+\{[^}]*\}/.exec(bypassed?.expr ?? '') ?? []
      expect(bypassed?.alert).to.equal('ImageProxyWebhookBypassed')
      await expectData(selector)
    })
  }
})

/** Serves the API server's own `/metrics` as plain HTTP on 127.0.0.1, with the credentials of the kubeconfig. */
async function startKubectlProxy(env: NodeJS.ProcessEnv): Promise<{ port: number; close: () => Promise<void> }> {
  const child = spawn('kubectl', ['proxy', '--port=0'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = new Promise<void>((resolve) =>
    child.once('close', () => {
      resolve()
    }),
  )
  const started = Promise.withResolvers<number>()
  createInterface(child.stdout).on('line', (line) => {
    const [, port] = /^Starting to serve on 127\.0\.0\.1:(\d+)$/.exec(line) ?? []
    if (port !== undefined) started.resolve(Number(port))
  })
  void ended.then(() => {
    started.reject(new Error('kubectl proxy ended'))
  })
  const close = () => {
    process.off('exit', kill)
    child.kill('SIGTERM')
    return ended
  }
  return { port: await started.promise, close }
}
