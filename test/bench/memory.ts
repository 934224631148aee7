import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from './child.ts'
import { podReview } from '../support/podReviews.ts'
import { post } from './load.ts'
import { basic, startRegistry } from './registry.ts'
import type { Scene } from './scene.ts'
import type { Row } from './table.ts'

const perReview = 500

/** Resident memory idle, and what each cached verdict adds to it. */
export async function memory(scene: Scene): Promise<Row[]> {
  const bare = await scene.bare('{}')
  const baseline = bare.resident()
  await bare.stop()
  const registry = await startRegistry(scene.certificate, basic)
  scene.defer(() => registry.close())
  const webhook = await scene.webhook({
    check: {
      endpoints: { 'quay.io': `https://localhost:${registry.port}` },
      deadline: '10s',
      total: '10s',
      perHost: 64,
      cache: { maxEntries: 100_000, private: '24h' },
    },
  })
  const fill = async (from: number, to: number) => {
    for (let index = from; index < to; index += perReview) {
      const images = Array.from({ length: perReview }, (_, offset) => `quay.io/my-org/service-${index + offset}:v1.0.1`)
      await post({ port: webhook.port, body: podReview(images), ca: scene.ca })
    }
    return settled(webhook)
  }
  const idle = webhook.resident()
  const some = await fill(0, 10_000)
  const many = await fill(10_000, 100_000)
  await webhook.stop()
  const each = (many - some) / 90_000
  return [
    {
      what: 'resident memory, idle',
      measured: megabytes(idle),
      baseline: megabytes(baseline),
      result: `ratio ${(idle / baseline).toFixed(2)}`,
      target: 'under 100 MB',
      met: idle < 100e6,
    },
    {
      what: 'resident memory, 100 000 cached verdicts',
      measured: megabytes(many),
      baseline: `${megabytes(some)} with 10 000`,
      result: `${each.toFixed(0)} B a verdict`,
      target: 'at most 600 B',
      met: each <= 600,
    },
  ]
}

/**
 * V8 gives memory back when a process has had nothing to do for some seconds: the least that is resident within a while
 * is what the verdicts take, the rest is what the checks left behind.
 */
async function settled(webhook: Child): Promise<number> {
  let least = webhook.resident()
  for (let second = 0; second < 10; second++) {
    await sleep(1000)
    least = Math.min(least, webhook.resident())
  }
  return least
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`
}
