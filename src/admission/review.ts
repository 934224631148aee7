import type { Operation } from 'fast-json-patch'
import { printable } from '../decision/warnings.ts'
import { isObject, objectAt, textAt, type JsonObject } from '../json.ts'
import { summarizePod, type PodSummary } from '../pod/summary.ts'

/** The part of an `admission.k8s.io/v1` AdmissionRequest that the webhook reads. */
export interface AdmissionRequest {
  readonly uid: string
  readonly operation: string
  readonly kind: string
  readonly subResource: string
  readonly namespace: string
  /** Empty where the API server is to make it from `generateName`. */
  readonly name: string
  readonly generateName: string
  readonly dryRun: boolean
  /** The Pod as it is to be, and as it was: undefined where the review holds none. */
  readonly pod: PodSummary | undefined
  readonly oldPod: PodSummary | undefined
}

/** What the webhook answers: always allowed, for a Pod is never rejected because of an image. */
export interface AdmissionAnswer {
  readonly patch: readonly Operation[]
  readonly warnings: readonly string[]
}

/** A body that is no admission review. `uid` is there where the body tells it. */
export interface ReviewFault {
  readonly fault: string
  readonly uid?: string
}

/**
 * Characters; Kubernetes' have 36. Whoever sends megabytes of it finds them in the answer, but they neither wait nor are
 * repeated any further.
 */
export const longestUid = 1000

/**
 * Bytes of memory for a uid: any that is ASCII, and as long as a body can be, has room. With other characters V8 takes two
 * bytes for each, the answer repeats it, and several of its size would be in memory at once.
 */
const largestUid = 6 * 1024 * 1024

/** Characters of a text that names something, of which no name in Kubernetes has more than 253. */
const longestName = 257

/** Characters of a Pod that may be stored: etcd takes 1.5 MiB, in which the API server writes it more briefly than JSON. */
const largestPod = 2 * 1024 * 1024

const apiVersion = 'admission.k8s.io/v1'
const kind = 'AdmissionReview'

/** Reads an AdmissionReview, or says in one sentence what is wrong with it and what is expected. */
export function decodeReview(body: string): AdmissionRequest | ReviewFault {
  let review: unknown
  try {
    review = JSON.parse(body)
  } catch {
    return {
      fault:
        body === ''
          ? 'the body is empty: expected an AdmissionReview'
          : 'the body is no valid JSON: expected an AdmissionReview',
    }
  }
  const request = objectAt(review, 'request')
  const uid = textAt(request, 'uid')
  const fault = (sentence: string) => ({ fault: sentence, ...(uid && uid.length <= longestUid ? { uid } : {}) })
  if (uid !== undefined && uid.length > largestUid / 2 && Buffer.byteLength(uid) > uid.length)
    return fault(`request.uid is longer than ${largestUid / 2} characters, and not all of them are ASCII`)
  if (!isObject(review) || review['kind'] !== kind) return fault(`the body's kind is not ${kind}`)
  if (review['apiVersion'] !== apiVersion) return fault(`the AdmissionReview's apiVersion is not ${apiVersion}`)
  if (request === undefined) return fault('the AdmissionReview has no request')
  if (!uid) return fault('the AdmissionReview has no request.uid')
  const isStorable = body.length <= (isObject(request['oldObject']) ? 2 : 1) * largestPod
  return {
    uid,
    operation: nameAt(request, 'operation'),
    kind: nameAt(objectAt(request, 'kind'), 'kind'),
    subResource: nameAt(request, 'subResource'),
    namespace: nameAt(request, 'namespace'),
    name: nameAt(request, 'name'),
    generateName: nameAt(objectAt(objectAt(request, 'object'), 'metadata'), 'generateName'),
    dryRun: request['dryRun'] === true,
    pod: podAt(request, 'object', isStorable),
    oldPod: podAt(request, 'oldObject', isStorable),
  }
}

/**
 * The text at `key`, cut where it is longer than any name; empty where there is none. Whoever reaches the port chooses it,
 * and a namespace of megabytes would be looked up for each image, and kept for each that waits.
 */
function nameAt(parent: unknown, key: string): string {
  const text = textAt(parent, key) ?? ''
  if (text.length <= longestName) return text
  // V8 keeps all of a text alive for a part of it, but not for a copy.
  return Buffer.from(text.slice(0, longestName), 'utf16le').toString('utf16le')
}

function podAt(request: JsonObject, key: string, isStorable: boolean): PodSummary | undefined {
  const pod = textAt(objectAt(request, 'kind'), 'kind') === 'Pod' ? objectAt(request, key) : undefined
  return pod && summarizePod(pod, isStorable)
}

/** The AdmissionReview that answers `uid`, as JSON. */
export function encodeReview(uid: string, { patch, warnings }: AdmissionAnswer): string {
  const patched = patch.length > 0 ? `,"patchType":"JSONPatch","patch":"${encodePatch(patch)}"` : ''
  const warned = warnings.length > 0 ? `,"warnings":${JSON.stringify(summed(warnings))}` : ''
  return `{"apiVersion":"${apiVersion}","kind":"${kind}","response":{"uid":${JSON.stringify(uid)},"allowed":true${patched}${warned}}}`
}

const encodedPatches = new WeakMap<readonly Operation[], string>()

/** Pods of one template share one patch object, which is encoded once. */
function encodePatch(patch: readonly Operation[]): string {
  const known = encodedPatches.get(patch)
  if (known !== undefined) return known
  const encoded = Buffer.from(JSON.stringify(patch)).toString('base64')
  encodedPatches.set(patch, encoded)
  return encoded
}

/** The API server drops warnings past 4 KiB in all (`net/http`'s header is bounded), so the rest is counted instead. */
const mostWarnings = 16

function summed(warnings: readonly string[]): readonly string[] {
  const distinct = [...new Set(warnings.map(bounded))]
  if (distinct.length <= mostWarnings) return distinct
  return [
    ...distinct.slice(0, mostWarnings - 1),
    `and ${distinct.length - mostWarnings + 1} more of this kind: see the log`,
  ]
}

/** The API server cuts a warning at so many characters where all of them are long. */
const longestWarning = 256

function bounded(warning: string): string {
  return printable(warning.length > longestWarning ? `${warning.slice(0, longestWarning - 3)}...` : warning)
}
