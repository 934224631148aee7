import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { licenseId } from '../../testbed/scene.ts'
import { startAppScene, type AppScene, type TestApp } from '../support/app.ts'
import { eventually } from '../support/eventually.ts'
import { podReview } from '../support/podReviews.ts'
import { filledIn, renderDashboard, type Dashboard } from './support/dashboard.ts'
import { startPrometheus, type Prometheus, type Sample } from './support/prometheus.ts'

const namespace = 'image-proxy-system'
const privateImage = 'quay.io/my-org/api:v1.0.1'
const othersImage = 'ghcr.io/my-org/log-shipper:2'

/** The samples that kube-apiserver 1.34 has of a webhook which it once called in vain. */
const apiServerMetrics = (hook: string) => `
apiserver_admission_webhook_admission_duration_seconds_count{name="${hook}",operation="CREATE",rejected="false",type="admit"} 7
apiserver_admission_webhook_fail_open_count{name="${hook}",type="admit"} 1
`

const licenses = {
  // What is asked for all the time.
  busy: { id: licenseId },
  accepted: { id: licenseId },
  refused: { id: 'a-license-that-nobody-has' },
  unasked: { id: licenseId },
  none: {},
} as const

type Job = keyof typeof licenses

describe('the dashboard, on a real Prometheus that scrapes webhooks', function () {
  this.timeout(60_000)
  let scene: AppScene
  let prometheus: Prometheus
  let dashboard: Dashboard
  const apps = new Map<Job, TestApp>()
  const apiServer = createServer((_, answer) => answer.end(apiServerMetrics(`busy.${namespace}.svc`)))
  let busy = true
  let traffic: Promise<void> | undefined

  async function keepBusy(app: TestApp): Promise<void> {
    while (busy) {
      await app.post(podReview([privateImage, 'redis:7']))
      await pause(50)
    }
  }

  const panel = (title: string) => {
    const found = dashboard.panels.find((panel) => panel.title === title)
    if (found === undefined) throw new Error(`the dashboard has no panel "${title}"`)
    return found
  }
  const ask = (title: string, job: Job): Promise<readonly Sample[]> =>
    prometheus.query(filledIn(panel(title).targets[0]?.expr ?? '', { namespace, job }))

  before(async () => {
    dashboard = await renderDashboard()
    scene = await startAppScene()
    // What is forgotten at once is asked for again, so that there are always requests to registries.
    const check = { cache: { private: '200ms', public: '200ms' } }
    for (const [job, license] of Object.entries(licenses)) {
      apps.set(job as Job, await scene.start({ license, ...(job === 'busy' ? { check } : {}) }))
    }
    apiServer.listen(0, '127.0.0.1')
    await once(apiServer, 'listening')
    prometheus = await startPrometheus([
      ...[...apps].map(([job, { metricsPort }]) => ({
        port: metricsPort,
        labels: { namespace, job, pod: `${job}-0` },
      })),
      { port: (apiServer.address() as AddressInfo).port, labels: { job: 'apiserver' } },
    ])
    const app = apps.get('busy')
    if (app !== undefined) traffic = keepBusy(app)
    for (const job of ['accepted', 'refused'] as const) await apps.get(job)?.post(podReview([privateImage]))
  })

  after(async () => {
    busy = false
    await traffic
    apiServer.close()
    await prometheus.stop()
    await scene.close()
  })

  it('gets data for every query of every panel', async () => {
    const queries = dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })))
    expect(queries).to.have.length.above(15)
    for (const { title, expr } of queries) {
      await eventually(async () => {
        const found = await prometheus.query(filledIn(expr, { namespace, job: 'busy' }))
        // A quantile of what did not happen in that time is no number.
        expect(
          found.filter(({ value }) => Number.isFinite(value)),
          `${title}: ${expr}`,
        ).not.to.be.empty
      })
    }
  })

  it('gets values for each of its variables', async () => {
    for (const { name, query } of dashboard.templating.list.filter(({ name }) => name !== 'datasource')) {
      const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? []
      const found = await prometheus.query(filledIn(selector, { namespace, job: '.*' }))
      expect(found.map(({ metric }) => metric[label])).to.include(name === 'namespace' ? namespace : 'busy')
    }
  })

  for (const [job, value, text] of [
    ['none', 0, 'no license'],
    ['unasked', 2, 'not asked yet'],
    ['accepted', 1, 'not refused'],
    ['refused', 3, 'refused'],
  ] as const) {
    it(`says "${text}" of a license that is ${job}`, async () => {
      await eventually(async () => {
        expect((await ask('License', job)).map(({ value }) => value)).to.deep.equal([value])
      })
      expect(JSON.stringify(panel('License'))).to.include(`"${value}":{"text":"${text}"`)
    })
  }

  it('shows none where nothing was left, and nothing went wrong', async () => {
    for (const title of ['Images left, and why', 'Reviews without a decision']) {
      expect((await ask(title, 'unasked')).map(({ metric, value }) => [Object.values(metric), value])).to.deep.equal([
        [['none'], 0],
      ])
    }
  })

  it('shows the first image that was left, and why', async () => {
    await apps.get('accepted')?.post(podReview([othersImage]))
    await eventually(async () => {
      expect(await ask('Images left, and why', 'accepted')).to.deep.equal([{ metric: { reason: 'refused' }, value: 1 }])
    })
  })

  it('shows the first Pod that the API server created without an answer', async () => {
    await eventually(async () => {
      expect((await ask('Pods without an answer', 'busy')).map(({ value }) => value)).to.deep.equal([1])
    })
  })

  it('shows the first review that ended without a decision', async () => {
    await apps.get('accepted')?.send('{}')
    await eventually(async () => {
      expect(await ask('Reviews without a decision', 'accepted')).to.deep.equal([
        { metric: { result: 'malformed' }, value: 1 },
      ])
    })
  })
})

describe("the dashboard's links", () => {
  const mine = 'https://wiki.example.com/webhook'

  it('lead to a runbook of the chart where its panel is about an alert', async () => {
    const { panels } = await renderDashboard()
    const linked = panels.filter(({ links = [] }) => links.length > 0)
    expect(linked).to.have.length.above(7)
  })

  it('lead to the page that metrics.prometheusRule.runbookUrl names', async () => {
    const { panels, links } = await renderDashboard({ prometheusRule: { runbookUrl: mine } })
    for (const { url } of [...links, ...panels.flatMap(({ links = [] }) => links)])
      expect(url).to.match(/^https:\/\/wiki\./)
  })
})
