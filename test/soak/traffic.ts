import { once } from 'node:events'
import { connect } from 'node:tls'
import jsonPatch from 'fast-json-patch'
import { imagesOf } from '../../src/pod/images.ts'
import { answered } from '../support/admission.ts'
import { createWebhookClient, type WebhookClient } from '../support/app.ts'
import { podReview, withNewUid } from '../support/podReviews.ts'
import { recordedReviews } from '../support/reviews.ts'
import { moodyHosts } from './weather.ts'

/** How long the API server would wait, in milliseconds. */
export const patience = 3000

export interface Tally {
  reviews: number
  /** Answered after the API server had given up. */
  late: number
  slowest: number
  /** No answer, or a wrong one: the first few. */
  readonly failures: string[]
  failed: number
}

export interface Traffic {
  readonly tally: Tally
  /** Posts reviews over several connections until the signal, and closes what it opened. */
  flow(signal: AbortSignal): Promise<void>
}

const publicImage = 'redis:7'
const path = `/mutate?timeout=${patience / 1000}s`
const lanes = 12

/** @param silentPort where addresses of 127.0.0.0/8 take a connection and say nothing */
export function createTraffic(port: number, ca: string, silentPort: number): Traffic {
  const tally: Tally = { reviews: 0, late: 0, slowest: 0, failures: [], failed: 0 }
  let number = 0

  const silentHost = (index: number) =>
    `127.${1 + (index % 200)}.${(index >> 3) % 250}.${1 + (index % 250)}:${silentPort}`
  /** Reviews that are made up: what most Pods are like, then those of hostile authors. */
  const kinds: readonly ((at: number) => string)[] = [
    (at) => podReview([publicImage, `quay.io/my-org/api:v1.0.${1 + (at % 2)}`]),
    (at) => podReview([publicImage, `${moodyHosts[at % moodyHosts.length] ?? ''}/team/app-${at % 500}:${at % 3}`]),
    (at) => podReview([publicImage, `${moodyHosts[(at * 7) % moodyHosts.length] ?? ''}/team/new-${at % 2000}:${at}`]),
    (at) => podReview([publicImage, `${silentHost(at)}/a/b:${at}`]),
    (at) =>
      podReview([publicImage, ...Array.from({ length: 20 }, (_, index) => `${at}-${index}${'\u0001'.repeat(700)}`)]),
  ]
  const rarely: readonly ((at: number) => string)[] = [
    (at) =>
      podReview([publicImage, ...Array.from({ length: 3000 }, (_, index) => `quay.io/my-org/app-${index}:${at}`)]),
    (at) =>
      podReview([publicImage, ...Array.from({ length: 64 }, (_, index) => `${silentHost(at * 64 + index)}/a/b:1`)]),
    (at) => podReview([publicImage, 'x'.repeat(1_000_000 + at)]),
  ]

  function nextBody(): { body: string; isOwn: boolean } {
    const at = number++
    const odd = at % 100 === 50 ? rarely[Math.floor(at / 100) % rarely.length] : undefined
    const made = odd ?? (at % 2 === 0 ? kinds[(at / 2) % kinds.length] : undefined)
    if (made !== undefined) return { body: made(at), isOwn: true }
    return { body: withNewUid(recordedReviews[at % recordedReviews.length]?.body ?? ''), isOwn: false }
  }

  function fail(why: string): void {
    tally.failed++
    if (tally.failures.length < 10) tally.failures.push(why.slice(0, 300))
  }

  async function post(client: WebhookClient): Promise<void> {
    const { body, isOwn } = nextBody()
    const started = performance.now()
    try {
      const { request } = JSON.parse(body) as { request: { uid: string; object: object | null } }
      const { status, uid, allowed, patch } = answered(await client.send(body, path))
      if (status !== 200 || allowed !== true || uid !== request.uid) fail(`${status} to ${body.slice(0, 200)}`)
      if (patch.length > 0) jsonPatch.applyPatch(request.object, patch, true, true)
      const first = isOwn ? imagesOf(request.object ?? {})[0]?.image : publicImage
      if (first !== publicImage) fail(`${publicImage} became ${first ?? 'nothing'}`)
    } catch (error) {
      fail(String(error))
    }
    const milliseconds = performance.now() - started
    tally.reviews++
    tally.slowest = Math.max(tally.slowest, milliseconds)
    if (milliseconds > patience) tally.late++
  }

  async function runLane(signal: AbortSignal): Promise<void> {
    let client = createWebhookClient(port, ca)
    for (let posted = 0; !signal.aborted; posted++) {
      // An API server opens connections anew now and then, and sees the certificate that is served by then.
      if (posted % 50 === 49) {
        client.close()
        client = createWebhookClient(port, ca)
      }
      await post(client)
    }
    client.close()
  }

  /** A body that never comes to its end, no JSON, and nothing at all: their answers are nobody's. */
  async function disturb(signal: AbortSignal): Promise<void> {
    const client = createWebhookClient(port, ca)
    for (let index = 0; !signal.aborted; index++) {
      const refused = await client
        .send(['', '{', '[]', '{"kind":"AdmissionReview"}'][index % 4] ?? '', path)
        .catch(() => undefined)
      if (refused?.status !== 400) fail(`${refused?.status ?? 'no answer'} to what is no review`)
      const socket = connect({ port, host: 'localhost', ca }).on('error', () => undefined)
      await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')])
      socket
        .resume()
        .write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n{`)
      await wait(200)
      socket.destroy()
    }
    client.close()
  }

  return {
    tally,
    async flow(signal) {
      await Promise.all([...Array.from({ length: lanes }, () => runLane(signal)), disturb(signal)])
    },
  }
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
