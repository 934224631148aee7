import jsonPatch from 'fast-json-patch'
import { expect } from 'chai'
import type { Verdicts } from '../../src/decision/verdict.ts'
import type { handler } from '../support/admission.ts'
import { review } from '../support/podReviews.ts'

export const P = 'proxy.replicated.com/proxy/my-app'
export const written = 'quay.io/my-org/api:v1'
export const running = `${P}/${written}`
const annotation = 'image-proxy-webhook/original-images'
export const secret = 'my-app-registry'

export interface PodOptions {
  readonly record?: string | undefined
  readonly annotations?: object
  readonly pullSecrets?: readonly string[]
}

export function pod(image: string, { record, annotations, pullSecrets = [secret] }: PodOptions = {}) {
  return {
    metadata: { annotations: { ...annotations, ...(record !== undefined && { [annotation]: record }) } },
    spec: { containers: [{ name: 'api', image }], imagePullSecrets: pullSecrets.map((name) => ({ name })) },
  }
}

export const record = JSON.stringify({ api: written })
export const old = pod(running, { record })

type Pod = ReturnType<typeof pod>

/** The image and the record of the Pod after an UPDATE, with its warnings. */
export async function updated(object: Pod, oldObject: Pod, handle: ReturnType<typeof handler>) {
  const { patch, warnings, allowed } = await handle(review({ operation: 'UPDATE', object, oldObject }))
  expect(allowed).to.equal(true)
  const { spec, metadata } = jsonPatch.applyPatch(structuredClone(object), patch).newDocument
  const annotations = metadata.annotations as Readonly<Record<string, string>> | undefined
  return { image: spec.containers[0]?.image, record: annotations?.[annotation], warnings }
}

/** Registries and a proxy that nobody may ask. */
export const unasked: Verdicts = {
  anonymous: () => {
    throw new Error('the registry was asked')
  },
  proxy: () => {
    throw new Error('the proxy was asked')
  },
}
