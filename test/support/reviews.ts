import type { AnonymousAccess, Verdicts } from '../../src/decision/verdict.ts'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Operation } from 'fast-json-patch'
import { canonical } from '../../src/reference/reference.ts'
import { anonymous } from './decisions.ts'

const folder = join(import.meta.dirname, '../fixtures/reviews')

/** An AdmissionReview that a real API server sent, and the patch that answers it. */
export interface RecordedReview {
  readonly name: string
  /** The body of the request. */
  readonly body: string
  readonly object: object | null
  readonly patch: Operation[]
}

export const recordedReviews: readonly RecordedReview[] = readdirSync(folder)
  .filter((file) => file.endsWith('.patch.json'))
  .map((file) => {
    const name = file.slice(0, -'.patch.json'.length)
    const body = readFileSync(join(folder, `${name}.json`), 'utf8')
    const patch = read(`${name}.patch.json`) as Operation[] | null
    return {
      name,
      body,
      object: (JSON.parse(body) as { request: { object: object | null } }).request.object,
      patch: patch ?? [],
    }
  })

export function recordedReview(name: string): RecordedReview {
  const review = recordedReviews.find((review) => review.name === name)
  if (review === undefined) throw new Error(`no recorded review ${name}`)
  return review
}

const access = read('verdicts.json') as Readonly<Record<string, AnonymousAccess>>

/** The verdicts that the recorded reviews' patches stand on; the proxy is not asked. */
export const recordedVerdicts: Verdicts = {
  anonymous: (reference) => {
    const known = access[canonical(reference)]
    if (known === undefined) throw new Error(`verdicts.json lacks ${canonical(reference)}`)
    return anonymous(known)
  },
  proxy: () => undefined,
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'))
}
