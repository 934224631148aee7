import { BodyBuffer } from '../bodies/bodyBuffer.ts'
import { createScatterCheck } from '../bodies/scattered.ts'
import type { PendingLines } from './boundLines.ts'
import { TransportError } from './errors.ts'

/** What a host answered to one request. */
export interface Answer {
  readonly status: number
  /**
   * Names in lower case. A header that was sent on several lines is an array of them over HTTP/1.1, and one string,
   * joined with commas, over HTTP/2.
   */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** At most 64 KiB as text; empty for HEAD. */
  readonly body: string
}

export interface ConnectionState extends PendingLines {
  /** How often the connection has answered since it was opened. */
  answers: number
}

/** What the HTTP client lets its handler do with a request that is under way. */
interface Controller {
  abort(reason: Error): void
}

/** More than any manifest error, token or index that a verdict needs. */
const maxBodyBytes = 64 * 1024

/** Interim answers (RFC 9110 section 15.2) before the answer itself: whoever sends more keeps the process busy, and says nothing. */
const maxInterim = 100

/** Headers of one answer. Those with short names and no content are many in few bytes, and take 200 times their size. */
const maxHeaders = 256

/**
 * One request on its way: takes the HTTP client's events and settles `answer`. Whatever comes after that is dropped,
 * and so is the connection when the answer was not read to its end.
 */
export class Exchange {
  /** Rejects with the HTTP client's own error, or with what `abort` was given. */
  readonly answer: Promise<Answer>
  /** The connection that the request was given to. */
  connection: ConnectionState | undefined
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: Error) => void
  #settled = false
  #controller: Controller | undefined
  #answersAtStart: number | undefined
  #diedOnReusedConnection = false
  #head: Pick<Answer, 'status' | 'headers'> | undefined
  readonly #isScattered = createScatterCheck()
  readonly #body = new BodyBuffer(undefined)
  #interim = 0

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.answer = promise
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Whether the connection had answered others, and failed before it answered this request. */
  get diedOnReusedConnection(): boolean {
    return this.#diedOnReusedConnection
  }

  /** Settles the answer at once, also where the request waits for a connection. */
  abort(error: Error): void {
    this.#fail(error)
    this.#controller?.abort(error)
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    this.#answersAtStart = this.connection?.answers
    if (this.#settled) controller.abort(new TransportError('timeout', 'given up before it was sent'))
  }

  onResponseStart(controller: Controller, status: number, headers: Answer['headers']): void {
    this.#progress()
    if (countOf(headers) > maxHeaders) {
      controller.abort(new TransportError('unexpected-answer', 'too many headers'))
      return
    }
    if (status < 200) {
      if (++this.#interim > maxInterim) controller.abort(new TransportError('timeout', 'nothing but interim answers'))
      return
    }
    if (this.connection !== undefined) this.connection.answers++
    this.#head = { status, headers }
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#progress()
    if (this.#isScattered(chunk.length)) {
      controller.abort(new TransportError('unexpected-answer', 'the body comes in tiny chunks'))
      return
    }
    const left = maxBodyBytes - this.#body.size
    this.#body.append(chunk.subarray(0, left))
    if (chunk.length <= left) return
    this.#succeed()
    controller.abort(new TransportError('unexpected-answer', 'the body is too long'))
  }

  onResponseEnd(): void {
    // undici frees the connection in a setImmediate that it makes right after this call. Settling the answer before
    // that would make a caller who asks the same host again open a second connection.
    queueMicrotask(() =>
      setImmediate(() => {
        this.#succeed()
      }),
    )
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    // A kept connection can also be found dead before the request is written to it.
    const answersBefore = this.#answersAtStart ?? this.connection?.answers ?? 0
    this.#diedOnReusedConnection = this.#head === undefined && answersBefore > 0
    this.#fail(error)
  }

  #progress(): void {
    if (this.connection !== undefined) this.connection.pendingLines = 0
  }

  #succeed(): void {
    if (this.#head === undefined) {
      this.#fail(new TransportError('unexpected-answer', 'the answer has no status'))
      return
    }
    this.#settled = true
    this.#resolve({ ...this.#head, body: this.#body.take() })
  }

  #fail(error: Error): void {
    this.#settled = true
    this.#reject(error)
  }
}

function countOf(headers: Answer['headers']): number {
  return Object.values(headers).reduce((sum, value) => sum + (Array.isArray(value) ? value.length : 1), 0)
}
