/**
 * Draws docs/dashboard.svg: the chart's dashboard, filled with what a real Prometheus answers that has scraped a webhook of
 * the tests for a minute. `npm run picture:dashboard`.
 */
import { writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { licenseId } from '../../testbed/scene.ts'
import { startAppScene, type TestApp } from '../support/app.ts'
import { podReview } from '../support/podReviews.ts'
import { filledIn, renderDashboard, type Panel } from './support/dashboard.ts'
import { drawDashboard, type Answered } from './support/picture.ts'
import { startPrometheus, type Prometheus } from './support/prometheus.ts'

const target = { namespace: 'image-proxy-system', job: 'image-proxy-webhook' }
const seconds = 60

const pods = [
  ['quay.io/my-org/api:v1.0.1', 'redis:7'],
  ['nginx', 'envoyproxy/envoy:v1.33.0'],
  ['ghcr.io/my-org/log-shipper:2'],
  ['quay.io/my-org/gone:1'],
]

async function createPods({ post }: TestApp): Promise<void> {
  const end = performance.now() + seconds * 1000
  for (let index = 0; performance.now() < end; index++) {
    await post(podReview(pods[index % pods.length] ?? []))
    await pause(100 + 200 * Math.abs(Math.sin(index / 20)))
  }
}

async function answer({ range }: Prometheus, panel: Panel): Promise<Answered> {
  const answers = panel.targets.map(async ({ expr, legendFormat }) => {
    const found = await range(filledIn(expr, target), seconds)
    return found.map(({ metric, values }) => ({
      name: legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
      values,
    }))
  })
  const series = (await Promise.all(answers)).flat()
  // A series that has ended is none of the latest values.
  const end = Math.max(...series.map(({ values }) => values.at(-1)?.[0] ?? 0))
  return { panel, series: series.filter(({ values }) => values.at(-1)?.[0] === end) }
}

const scene = await startAppScene()
const app = await scene.start({ license: { id: licenseId }, check: { cache: { private: '5s', public: '5s' } } })
const prometheus = await startPrometheus([
  { port: app.metricsPort, labels: { ...target, pod: 'image-proxy-webhook-0' } },
])
try {
  await createPods(app)
  const { panels } = await renderDashboard()
  const caption =
    'Drawn by the tests from the answers of a real Prometheus about a webhook of theirs; no API server was scraped, and it is no photograph of Grafana.'
  const answered = await Promise.all(panels.map((panel) => answer(prometheus, panel)))
  await writeFile(new URL('../../docs/dashboard.svg', import.meta.url), drawDashboard(answered, caption))
} finally {
  await prometheus.stop()
  await scene.close()
}
