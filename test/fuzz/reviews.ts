import jsonPatch from 'fast-json-patch'
import fc from 'fast-check'
import { stringify } from 'yaml'
import type { Answer } from '../../testbed/client.ts'
import { licenseId } from '../../testbed/scene.ts'
import { answered } from '../support/admission.ts'
import { createWebhookClient, startAppScene } from '../support/app.ts'
import { createBundle } from '../support/bundle.ts'
import { startObservedWebhook, startRefusingProxy } from '../support/observedWebhook.ts'
import { recordedReviews } from '../support/reviews.ts'
import type { Target } from './fuzz.ts'
import { damaged, mutated, toJson, value } from './mutations.ts'

export type Post = (body: string, path: string) => Promise<Answer>

const MiB = 1024 * 1024
const bodies = recordedReviews.map(({ body }) => body)

/** What is a review with a uid gets a valid review with it; everything else a 4xx with a JSON error. */
export function reviews(post: Post): Target<{ body: string; path: string }> {
  const review = mutated(bodies.map((body) => JSON.parse(body) as unknown)).map(toJson)
  const body = fc.oneof(
    { weight: 6, arbitrary: review },
    { weight: 2, arbitrary: damaged(fc.constantFrom(...bodies)) },
    { weight: 1, arbitrary: value.map(toJson) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  )
  const timeout = fc.oneof(fc.constantFrom('10s', '1s', '0s', '', '-1s', '99999h', '%'), fc.webQueryParameters())
  return {
    name: 'reviews',
    lanes: 4,
    inputs: fc.record({ body, path: timeout.map((timeout) => `/mutate?timeout=${timeout}`) }),
    check: async ({ body, path }) => {
      insistOn(body, await post(body, path))
    },
  }
}

function insistOn(body: string, answer: Answer): void {
  const expected = reviewIn(body)
  const { status, uid, allowed, patch, error } = answered(answer)
  if (expected === undefined) {
    if (status < 400 || status > 499 || typeof error !== 'string') throw new Error(`no refusal: ${told(answer)}`)
    return
  }
  if (status !== 200 || uid !== expected.uid || allowed !== true) throw new Error(`no review: ${told(answer)}`)
  if (patch.length > 0) jsonPatch.applyPatch(expected.object, patch, true, true)
}

/** As whoever reads the body afresh sees it: none where it is longer, or holds more, than anybody's review. */
function reviewIn(body: string): { uid: string; object: unknown } | undefined {
  if (Buffer.byteLength(body) > 6 * MiB || (body.length > MiB / 4 && beginnings(body) > 300_000)) return undefined
  let review
  try {
    // What is no UTF-8 comes as U+FFFD, here as there.
    review = JSON.parse(Buffer.from(body).toString()) as Partial<Record<string, unknown>> | null
  } catch {
    return undefined
  }
  if (review?.['kind'] !== 'AdmissionReview' || review['apiVersion'] !== 'admission.k8s.io/v1') return undefined
  const request = review['request'] as { uid?: unknown; object?: unknown } | null | undefined
  const uid = request?.uid
  return typeof uid === 'string' && uid !== '' ? { uid, object: request?.object } : undefined
}

/** How many characters there are that begin or separate values. */
const beginnings = (json: string) => json.match(/[,[{]/g)?.length ?? 0

const told = ({ status, body }: Answer) => `${status} ${body.slice(0, 500)}`

export interface ReviewedWebhook {
  readonly post: Post
  /** Errors of its log, and what Node.js says by itself. */
  readonly faults: readonly string[]
  close(): Promise<void>
}

/** The bundle as the image runs it, before the scene's registries. */
export async function startReviewedWebhook(): Promise<ReviewedWebhook> {
  const [bundle, scene, proxy] = await Promise.all([createBundle(), startAppScene(), startRefusingProxy()])
  const settings = { check: { deadline: '2s', timeout: '500ms', cache: { maxEntries: 500 } } }
  const config = { ...scene.configuration({ license: { id: licenseId }, ...settings }), log: { format: 'json' } }
  const file = await scene.write('config.yaml', stringify(config))
  const webhook = await startObservedWebhook(bundle, file, { HTTPS_PROXY: proxy.url })
  const client = createWebhookClient(webhook.port, scene.ca)
  return {
    post: client.send,
    faults: webhook.faults,
    close: async () => {
      client.close()
      await webhook.stop()
      await Promise.all([scene.close(), proxy.close(), bundle.close()])
    },
  }
}
