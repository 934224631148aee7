import type { Admission, Admitted } from './admission.ts'
import { decodeReview, encodeReview, longestUid, type AdmissionRequest, type ReviewFault } from './review.ts'
import { warnings } from '../decision/warnings.ts'
import { createWaitingRoom } from './waitingRoom.ts'

/** The HTTP status and the JSON body that a review is answered with. */
export interface ReviewAnswer {
  readonly status: number
  readonly body: string
}

export interface HandlerOptions {
  readonly admission: Admission
  /** Milliseconds that a review may take, whatever the API server allows. */
  readonly deadline: number
  /** Reviews under way at once; what comes on top is answered immediately, unpatched. */
  readonly capacity?: number
  readonly observer?: {
    /** Each review, with what became of it and the milliseconds that it took. */
    handled?(request: AdmissionRequest, admitted: Admitted, milliseconds: number): void
    /** A body that is no review. */
    malformed?(fault: string): void
    /** A bug: the Pod passed unpatched. */
    failed?(request: AdmissionRequest, error: unknown): void
  }
}

/** Milliseconds of the API server's timeout that are kept for the answer's way back. */
const reserve = 500

const unpatched: Admitted = { result: 'skipped', patch: [], warnings: [], images: [] }

/**
 * Answers the body of `POST /mutate`: 200 with a review that allows the Pod, or 400 where there is no review to answer.
 * @returns `handle(body, timeout, received)`, with the API server's `?timeout=` in milliseconds, and the
 * `performance.now()` at which the request came. It never rejects.
 */
export function createHandler({ admission, deadline, capacity = 2000, observer = {} }: HandlerOptions) {
  const room = createWaitingRoom(capacity)

  return function handle(
    body: string,
    timeout: number | undefined,
    received: number,
  ): ReviewAnswer | Promise<ReviewAnswer> {
    const request = decodeReview(body)
    if ('fault' in request) {
      observer.malformed?.(request.fault)
      return malformed(request)
    }
    const finish = (admitted: Admitted): ReviewAnswer => {
      observer.handled?.(request, admitted, performance.now() - received)
      return { status: 200, body: encodeReview(request.uid, admitted) }
    }
    const fail = (error: unknown): ReviewAnswer => {
      observer.failed?.(request, error)
      return finish({ ...unpatched, result: 'failed' })
    }
    if (request.uid.length > longestUid) return finish({ ...unpatched, warnings: [warnings.longUid] })
    const budget = Math.min(deadline, timeout === undefined ? Infinity : timeout - reserve)
    try {
      const size = room.sizeOf(request, body.length)
      if (!room.hasRoomFor(size)) return finish(admission.admitOverloaded(request))
      const admitted = admission.admit(request, budget - (performance.now() - received))
      if (!(admitted instanceof Promise)) return finish(admitted)
      return admitted.finally(room.enter(size)).then(finish, fail)
    } catch (error) {
      return fail(error)
    }
  }
}

/** A caller that reads only the review in it finds an answer, too: the Pod is allowed. */
function malformed({ fault, uid }: ReviewFault): ReviewAnswer {
  if (uid === undefined) return { status: 400, body: JSON.stringify({ error: fault }) }
  const review = encodeReview(uid, { patch: [], warnings: [fault] })
  return { status: 400, body: JSON.stringify({ error: fault, uid, ...(JSON.parse(review) as object) }) }
}
