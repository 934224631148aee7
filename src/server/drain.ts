import { setTimeout as sleep } from 'node:timers/promises'
import type { Listener } from './listener.ts'

/** Milliseconds without a request after which nobody seems to send any more, and the most to wait for that. */
const quiet = 1000
const patience = 5000
/** Milliseconds for requests that are still under way then; the chart's grace period is 30 s. */
const grace = 10_000

/** What drain tells the time by. */
export interface Waiting {
  /** Milliseconds. */
  now(): number
  sleep(milliseconds: number): Promise<unknown>
}

const waiting: Waiting = { now: () => performance.now(), sleep }

/**
 * Lets a server go without a failed request: it goes on answering until no request has come for a while, since a Pod
 * that is being deleted still gets requests until every node has heard of it; then it closes.
 * @param lastRequest the `performance.now()` of the latest request
 */
export async function drain(
  listener: Pick<Listener, 'close'>,
  lastRequest: () => number,
  { now, sleep }: Waiting = waiting,
): Promise<void> {
  const started = now()
  for (;;) {
    const wait = Math.min(Math.max(started, lastRequest()) + quiet, started + patience) - now()
    if (wait <= 0) break
    await sleep(wait)
  }
  await listener.close(grace)
}
