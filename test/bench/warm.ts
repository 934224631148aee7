import { recordedReview } from '../support/reviews.ts'
import { load, median, post, quantile } from './load.ts'
import { basic, open, startRegistry } from './registry.ts'
import type { Scene } from './scene.ts'
import type { Row } from './table.ts'

const connections = 16
const rounds = 8
const requests = 4000
/** Until both servers are compiled as well as they will ever be: what is measured is a webhook that has run for a while. */
const warmUp = 30_000

/** Admissions whose verdicts are all cached, in requests for each second of the server's processor. */
export async function warm(scene: Scene): Promise<Row[]> {
  const registry = await startRegistry(scene.certificate, basic)
  const publicRegistry = await startRegistry(scene.certificate, open)
  scene.defer(() => registry.close())
  scene.defer(() => publicRegistry.close())
  const review = compact(recordedReview('bench-three-images').body)
  return [
    ...(await compare(scene, 'warm admission, 3 images rewritten', registry.port, review, 0.55)),
    ...(await compare(scene, 'warm admission, nothing to do', publicRegistry.port, review, 0.6)),
  ]
}

async function compare(scene: Scene, what: string, registry: number, body: string, target: number): Promise<Row[]> {
  const endpoint = `https://localhost:${registry}`
  const images = ['quay.io', 'ghcr.io', '499999999999.dkr.ecr.us-east-2.amazonaws.com', 'docker.io']
  const webhook = await scene.webhook({
    check: { endpoints: Object.fromEntries(images.map((host) => [host, endpoint])) },
  })
  const answer = await post({ port: webhook.port, body, ca: scene.ca })
  const bare = await scene.bare(answer)

  const measure = async (server: typeof webhook) => {
    const before = server.cpu()
    const { latencies } = await load({ port: server.port, body, ca: scene.ca }, connections, requests)
    return { rate: requests / (server.cpu() - before), p99: quantile(latencies, 0.99) }
  }
  for (const { port } of [webhook, bare]) await load({ port, body, ca: scene.ca }, connections, warmUp)
  const pairs = []
  for (let round = 0; round < rounds; round++) pairs.push({ ours: await measure(webhook), theirs: await measure(bare) })
  await Promise.all([webhook.stop(), bare.stop()])

  const rate = median(pairs.map(({ ours, theirs }) => ours.rate / theirs.rate))
  const p99 = median(pairs.map(({ ours, theirs }) => ours.p99 / theirs.p99))
  return [
    {
      what: `${what} (${Buffer.byteLength(body)} B in, ${Buffer.byteLength(answer)} B out)`,
      measured: `${median(pairs.map(({ ours }) => ours.rate)).toFixed(0)} req/CPU-s`,
      baseline: `${median(pairs.map(({ theirs }) => theirs.rate)).toFixed(0)} req/CPU-s`,
      result: `ratio ${rate.toFixed(2)}`,
      target: `at least ${target}`,
      met: rate >= target,
    },
    {
      what: `  the same, p99 at ${connections} connections`,
      measured: `${median(pairs.map(({ ours }) => ours.p99)).toFixed(1)} ms`,
      baseline: `${median(pairs.map(({ theirs }) => theirs.p99)).toFixed(1)} ms`,
      result: `ratio ${p99.toFixed(2)}`,
      target: 'at most 2',
      met: p99 <= 2,
    },
  ]
}

/** As the API server sends it, which does not indent. */
export function compact(body: string): string {
  return JSON.stringify(JSON.parse(body))
}
