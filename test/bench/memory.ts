import { join } from 'node:path'
import { podReview } from '../support/podReviews.ts'
import { post } from './load.ts'
import { basic, startRegistry } from './registry.ts'
import type { Scene } from './scene.ts'
import type { Row } from './table.ts'

const perReview = 500
const [some, many] = [10_000, 100_000]

/**
 * Resident memory idle, and what each cached verdict adds to the heap: of resident memory the garbage of the checks is so
 * much that it says nothing about what is kept.
 */
export async function memory(scene: Scene): Promise<Row[]> {
  const [webhook, bare] = await Promise.all([scene.webhook(), scene.bare('{}')])
  const [idle, baseline] = [webhook.resident(), bare.resident()]
  await Promise.all([webhook.stop(), bare.stop()])
  const [before, after] = await heapOfVerdicts(scene)
  const each = (after - before) / (many - some)
  return [
    {
      what: 'resident memory, idle',
      measured: megabytes(idle),
      baseline: megabytes(baseline),
      result: `ratio ${(idle / baseline).toFixed(2)}`,
      target: 'at most 95 MB',
      met: idle <= 95e6,
    },
    {
      what: 'heap, 100 000 cached verdicts',
      measured: megabytes(after),
      baseline: `${megabytes(before)} with 10 000`,
      result: `${each.toFixed(0)} B a verdict`,
      target: 'at most 330 B',
      met: each <= 330,
    },
  ]
}

/** Bytes on the heap with some verdicts in the cache, and with many. */
async function heapOfVerdicts(scene: Scene): Promise<[number, number]> {
  const registry = await startRegistry(scene.certificate, basic)
  scene.defer(() => registry.close())
  const check = {
    endpoints: { 'quay.io': `https://localhost:${registry.port}` },
    deadline: '10s',
    total: '10s',
    perHost: 64,
    cache: { maxEntries: many, private: '24h' },
  }
  const webhook = await scene.webhook({ check }, ['--import', join(import.meta.dirname, 'reportHeap.ts')])
  const fill = async (from: number, to: number): Promise<number> => {
    for (let index = from; index < to; index += perReview) {
      const images = Array.from({ length: perReview }, (_, offset) => `quay.io/my-org/service-${index + offset}:v1.0.1`)
      await post({ port: webhook.port, body: podReview(images), ca: scene.ca })
    }
    return webhook.heap()
  }
  const before = await fill(0, some)
  const after = await fill(some, many)
  await webhook.stop()
  return [before, after]
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`
}
