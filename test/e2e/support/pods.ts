import type { V1Pod } from '@kubernetes/client-node'
import { appSlug, proxyDomain } from '../../../testbed/scene.ts'

export const pullSecret = `${appSlug}-registry`

/** A private image that the proxy serves. */
export const api = proxied('quay.io/my-org/api:v1.0.1')

/** What a manifest says, and where that is behind the proxy. */
export function proxied(image: string) {
  return { image, proxied: `${proxyDomain}/proxy/${appSlug}/${image}` }
}

/** Of a Pod that no node takes: its images are never pulled. */
export function podSpec(images: Readonly<Record<string, string>>) {
  return {
    nodeSelector: { 'example.com/node': 'none' },
    containers: Object.entries(images).map(([name, image]) => ({ name, image })),
  }
}

export function pod(name: string, images: Readonly<Record<string, string>>) {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: podSpec(images) }
}

/** The part of a Pod that the webhook may change. */
export interface StoredPod {
  /** Name of a container (or `volume/NAME`) → its image. */
  readonly images: Readonly<Record<string, string | undefined>>
  readonly pullSecrets: readonly (string | undefined)[]
  /** What the Pod's annotation tells of its images; undefined where there is none. */
  readonly originals: unknown
}

export function stored({ metadata, spec }: V1Pod): StoredPod {
  const { initContainers = [], containers = [], ephemeralContainers = [], volumes = [] } = spec ?? {}
  const originals = metadata?.annotations?.['image-proxy-webhook/original-images']
  return {
    images: Object.fromEntries([
      ...[...initContainers, ...containers, ...ephemeralContainers].map(({ name, image }) => [name, image] as const),
      ...volumes.flatMap(({ name, image }) => (image ? [[`volume/${name}`, image.reference] as const] : [])),
    ]),
    pullSecrets: (spec?.imagePullSecrets ?? []).map(({ name }) => name),
    originals: originals === undefined ? undefined : (JSON.parse(originals) as unknown),
  }
}
