import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { createWebhookClient } from './app.ts'
import type { Orders } from './attacker.ts'
import { peakMemory } from './bundle.ts'
import type { ObservedWebhook } from './observedWebhook.ts'
import { podReview } from './podReviews.ts'

/** What was seen of a webhook beside somebody's doing. */
export interface Seen {
  readonly answers: number
  /** Milliseconds. */
  readonly p99: number
  /** Answers that were none, or other ones than the Pod should have, the first few. */
  readonly wrong: readonly string[]
  /** Milliseconds of its processor for which nothing else had a turn, at the longest. */
  readonly stretch: number
  /** Bytes in RAM, at the most. */
  readonly peak: number
}

/** The images of a Pod that somebody creates meanwhile, and what they are to become. */
export type Wish = (index: number) => { readonly images: readonly string[]; readonly become: readonly string[] }

/** In the webhook: a timer that tells how much its thread has worked since its last turn. */
const probe = `
  globalThis.worked = (() => {
    const now = () => { const { user, system } = process.threadCpuUsage(); return (user + system) / 1000 }
    let [last, longest] = [now(), 0]
    setInterval(() => { const time = now(); longest = Math.max(longest, time - last); last = time }, 2)
    return () => longest
  })(), 0
`

/** Has `orders` carried out by another thread, and asks for Pods the whole time, one after the other. */
export async function watch(webhook: ObservedWebhook, orders: Orders, wish: Wish): Promise<Seen> {
  const client = createWebhookClient(orders.target.port, orders.target.ca)
  const took: number[] = []
  const wrong: string[] = []
  let index = 0
  async function ask(): Promise<void> {
    const { images, become } = wish(index++)
    const started = performance.now()
    const answer = await client.post(podReview(images, { namespace: 'bystander' })).catch((error: unknown) => error)
    took.push(performance.now() - started)
    const told =
      answer instanceof Error ? [answer.message] : [...(answer as Answered).images, ...(answer as Answered).warnings]
    if (told.join() !== become.join() && wrong.length < 5) wrong.push(told.join().slice(0, 300))
  }
  for (let count = 0; count < 50; count++) await ask()
  took.length = 0
  await webhook.evaluate(probe)
  const worker = new Worker(new URL('attacker.ts', import.meta.url), { workerData: orders })
  const end = new AbortController()
  const over = once(worker, 'message').finally(() => {
    end.abort()
  })
  while (!end.signal.aborted) {
    await ask()
    await pause(10)
  }
  await over
  await worker.terminate()
  const stretch = Number(await webhook.evaluate('worked()'))
  client.close()
  return { answers: took.length, p99: percentile(took, 0.99), wrong, stretch, peak: peakMemory(webhook.pid) }
}

interface Answered {
  readonly images: readonly string[]
  readonly warnings: readonly string[]
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Infinity
}
