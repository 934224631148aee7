import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Operation } from 'fast-json-patch'

interface Metadata {
  readonly name?: string
  readonly generateName?: string
}

/** The part of an AdmissionReview by which recordings are told apart. */
export interface Review {
  readonly request: {
    readonly uid: string
    readonly operation: string
    readonly subResource?: string
    readonly object: { readonly metadata: Metadata } | null
    readonly oldObject: { readonly metadata: Metadata } | null
  }
}

/** One request of the API server. */
export interface Recording {
  /** Path and query. */
  readonly path: string
  /** The body, byte for byte. */
  readonly body: string
  readonly review: Review
}

/** A webhook that allows everything and remembers what it was asked. */
export interface Recorder {
  readonly port: number
  /** Every request since the last call of `answerWith`, in order. */
  recordings(): readonly Recording[]
  /** Forgets the recordings, and answers every CREATE from now on with this patch. */
  answerWith(patch: readonly Operation[]): void
  close(): Promise<void>
}

/** Starts a recorder on a free port of `address`. */
export async function startRecorder(address: string, tls: { cert: string; key: string }): Promise<Recorder> {
  let recordings: Recording[] = []
  let patch: readonly Operation[] = []

  const server = createServer(tls, (request, response) => {
    void text(request).then((body) => {
      const review = JSON.parse(body) as Review
      recordings.push({ path: request.url ?? '', body, review })
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify(answer(review, patch)))
    })
  })
  server.listen(0, address)
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    recordings: () => recordings,
    answerWith(next) {
      recordings = []
      patch = next
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function answer({ request }: Review, patch: readonly Operation[]): unknown {
  const patched =
    request.operation === 'CREATE' && patch.length > 0
      ? { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }
      : {}
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: request.uid, allowed: true, ...patched },
  }
}
