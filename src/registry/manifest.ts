import { parseObject } from '../json.ts'
import { manifestReference, type Reference } from '../reference/reference.ts'
import type { Endpoint } from './endpoint.ts'
import { maxHostname, type TransportResponse } from '../network/transport.ts'

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]

/** Every kind of manifest that a container runtime pulls. A registry answers 404 for one whose type is not listed. */
export const acceptedManifests = manifestTypes.join(', ')

const knownTypes = new Set([
  ...manifestTypes,
  // Not in the Accept header, but the type that a registry answers with for an image that was pushed before 2016.
  'application/vnd.docker.distribution.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
])

/** Distribution spec, "Content Digests": also of an algorithm that no reference can name. */
const digest = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/

/**
 * The URL of a reference's manifest (distribution spec, "Pulling manifests"); undefined where the domain is no host
 * that a URL can have, such as `1.2.3.4.5`, one with port 99999, or none at all: distribution reads `my_host.example/app`
 * as a path without a domain.
 */
export function manifestUrl({ host, base }: Endpoint, reference: Reference): URL | undefined {
  if (host === '') return undefined
  const url = URL.parse(`${base}/${reference.path}/manifests/${manifestReference(reference)}`)
  return url === null || url.hostname.length > maxHostname ? undefined : url
}

/** Whether the headers say that this is a manifest: a portal answers 200 to anything, but not with these. */
export function hasManifestHeaders({ headers }: TransportResponse): boolean {
  // A server behind another may say either twice: as with Go's clients, the first counts.
  const [type] = [headers['content-type']].flat()
  const [contentDigest] = [headers['docker-content-digest']].flat()
  if (contentDigest !== undefined && digest.test(contentDigest)) return true
  const mediaType = type?.split(';', 1)[0]?.trim().toLowerCase()
  return mediaType !== undefined && knownTypes.has(mediaType)
}

/** Whether the body is a manifest of any version (`schemaVersion` is common to all of them). */
export function hasManifestBody({ body }: TransportResponse): boolean {
  const content = parseObject(body)
  return (
    typeof content?.['schemaVersion'] === 'number' &&
    ['manifests', 'layers', 'fsLayers'].some((key) => Array.isArray(content[key]))
  )
}
