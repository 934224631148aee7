import type { Operation } from 'fast-json-patch'
import { createAdmission, type AdmissionOptions } from '../../src/admission/admission.ts'
import { createHandler, type HandlerOptions, type ReviewAnswer } from '../../src/admission/handler.ts'
import { decider } from './decisions.ts'
import { recordedVerdicts } from './reviews.ts'

/** What a webhook answered, taken apart. */
export interface Answered {
  readonly status: number
  readonly uid: string | undefined
  readonly allowed: boolean | undefined
  readonly patch: Operation[]
  readonly warnings: readonly string[]
  readonly error: string | undefined
}

/** A handler for the application `my-app`, by the recorded verdicts but for what is given. */
export function handler({
  admission = {},
  ...options
}: { admission?: Partial<AdmissionOptions> } & Partial<Omit<HandlerOptions, 'admission'>> = {}) {
  const handle = createHandler({
    admission: createAdmission({
      ruling: () => ({ decider: decider(), pullSecret: 'my-app-registry' }),
      verdicts: recordedVerdicts,
      mode: 'rewrite',
      rules: [],
      ...admission,
    }),
    deadline: 2500,
    ...options,
  })
  // An async function would hold the body until the answer is there.
  return (body: string, timeout?: number, received = performance.now()): Promise<Answered> =>
    Promise.resolve(handle(body, timeout, received)).then(answered)
}

/** Reads an answer as the API server does, and insists on what it insists on. */
export function answered({ status, body }: ReviewAnswer): Answered {
  const { apiVersion, kind, response, error } = JSON.parse(body) as {
    apiVersion?: string
    kind?: string
    error?: string
    response?: { uid: string; allowed: boolean; patchType?: string; patch?: string; warnings?: string[] }
  }
  if (response !== undefined && (apiVersion !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview'))
    throw new Error('no review')
  if ((response?.patch === undefined) !== (response?.patchType === undefined))
    throw new Error('a patch has a patchType')
  if (response?.patchType !== undefined && response.patchType !== 'JSONPatch') throw new Error(response.patchType)
  const patch =
    response?.patch === undefined ? [] : (JSON.parse(Buffer.from(response.patch, 'base64').toString()) as Operation[])
  return { status, uid: response?.uid, allowed: response?.allowed, patch, warnings: response?.warnings ?? [], error }
}
