import { isDigest, isDomain, isImageId, isPath, isTag, looksLikeDomain, maxPathLength } from './grammar.ts'

/** An image reference in its normalised form. */
export interface Reference {
  /**
   * The registry, with its port where one is written: `docker.io` where none is. Spelled as written, so it may have
   * capital letters. Empty for a name like `my_host.example/app`, whose first component is neither a domain nor a
   * Docker Hub namespace: distribution/reference takes such a name as it is.
   */
  readonly domain: string
  /** The repository within the registry: `library/redis` for `redis`. */
  readonly path: string
  readonly tag?: string
  /** Algorithm and lower-case hexadecimal digits: `sha256:…`. */
  readonly digest?: string
}

/** The text is no image reference. The message is one clause that names the faulty part and says what is allowed. */
export class InvalidReferenceError extends Error {
  override readonly name = 'InvalidReferenceError'
}

/**
 * Reads an image reference as `ParseNormalizedNamed` of distribution/reference v0.6.0 does, which containerd and Docker use.
 *
 * @throws {InvalidReferenceError} and nothing else, whatever the text.
 */
export function parseReference(text: string): Reference {
  if (text === '') throw new InvalidReferenceError('an image reference must not be empty')
  if (isImageId(text)) {
    throw new InvalidReferenceError(`${quoted(text)} is an image ID: 64 hexadecimal digits are no repository`)
  }
  const { domain, remainder } = splitDomain(text)

  const at = remainder.indexOf('@')
  const nameAndTag = at < 0 ? remainder : remainder.slice(0, at)
  const digest = at < 0 ? undefined : remainder.slice(at + 1)
  const colon = nameAndTag.indexOf(':')
  const remotePath = colon < 0 ? nameAndTag : nameAndTag.slice(0, colon)
  const tag = colon < 0 ? undefined : nameAndTag.slice(colon + 1)

  // A component such as `my_host.example` is no domain, and yet the start of a path.
  const name = isDomain(domain) ? { domain, path: remotePath } : { domain: '', path: `${domain}/${remotePath}` }
  if (!isPath(name.path)) {
    throw new InvalidReferenceError(faultOfScheme(text) ?? faultInName(domain, remotePath, name.path))
  }
  if (tag !== undefined && !isTag(tag)) {
    throw new InvalidReferenceError(
      `tag ${quoted(tag)} must be 1 to 128 letters, digits, "_", "." or "-", and must not start with "." or "-"`,
    )
  }
  if (digest !== undefined && !isDigest(digest)) {
    throw new InvalidReferenceError(
      `digest ${quoted(digest)} must be sha256, sha384 or sha512, ":" and 64, 96 or 128 lower-case hexadecimal digits`,
    )
  }
  return { ...name, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) }
}

/** `parseReference` that returns its error's message, as a value, where the text is no image reference. */
export function tryParseReference(text: string): Reference | { readonly fault: string } {
  try {
    return parseReference(text)
  } catch (error) {
    if (error instanceof InvalidReferenceError) return { fault: error.message }
    throw error
  }
}

/** Whether the text before the first slash of a reference is read as this very registry. */
export function isRegistryDomain(text: string): boolean {
  const reference = tryParseReference(`${text}/repository`)
  return !('fault' in reference) && reference.domain === text
}

/** Writes a reference with everything it has. `parseReference` reads the same reference back. */
export function formatReference(reference: Reference): string {
  return repositoryName(reference) + suffix(reference)
}

/**
 * The one spelling for everything that fetches the same: what `ParseDockerRef(…).String()` of distribution/reference
 * gives. A tag beside a digest is dropped, because the digest alone decides; `:latest` is added where nothing is said.
 */
export function canonical(reference: Reference): string {
  const separator = reference.digest === undefined ? ':' : '@'
  // Joined, it is text of its own: by `+` V8 would keep the parts, and the text that they were cut from, beside it.
  return [repositoryName(reference), separator, manifestReference(reference)].join('')
}

/** What is asked for within the repository, the last part of `/v2/PATH/manifests/REFERENCE`: a digest or else a tag. */
export function manifestReference({ tag = 'latest', digest }: Reference): string {
  return digest ?? tag
}

/** Equal for references that are answered by the same manifest request: `canonical`, and host names know no case. */
export function cacheKey(reference: Reference): string {
  const known = cacheKeys.get(reference)
  if (known !== undefined) return known
  const key = canonical({ ...reference, domain: reference.domain.toLowerCase() })
  cacheKeys.set(reference, key)
  return key
}

/** Kept, because a Map hashes each new string once more: the same reference always gives the same string object. */
const cacheKeys = new WeakMap<Reference, string>()

/** The end of a reference as it is written, `:1@sha256:…`; empty where it has neither tag nor digest. */
export function suffix({ tag, digest }: Reference): string {
  return (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`)
}

/** Text from outside, safe to show: quoted, escaped and bounded. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text)
}

function repositoryName({ domain, path }: Reference): string {
  return domain === '' ? path : `${domain}/${path}`
}

function splitDomain(text: string): { domain: string; remainder: string } {
  const slash = text.indexOf('/')
  if (slash < 0) return { domain: 'docker.io', remainder: `library/${text}` }

  const first = text.slice(0, slash)
  if (!looksLikeDomain(first)) return { domain: 'docker.io', remainder: text }

  const domain = first === 'index.docker.io' ? 'docker.io' : first
  const rest = text.slice(slash + 1)
  return { domain, remainder: domain === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest }
}

/** Browsers show a URL, and users copy it. */
function faultOfScheme(text: string): string | undefined {
  const [, scheme, rest] = /^([a-z][a-z\d+.-]*:\/\/)(.+)$/is.exec(text) ?? []
  if (scheme === undefined || rest === undefined) return undefined
  return `an image reference has no scheme: write ${quoted(rest)} in place of ${quoted(text)}`
}

function faultInName(domain: string, remotePath: string, path: string): string {
  if (path.length > maxPathLength) {
    return `repository ${quoted(path)} has ${path.length} characters, and ${maxPathLength} are allowed`
  }
  if (isPath(remotePath)) {
    return `registry ${quoted(domain)} must be a host name or an IP address (IPv6 in brackets), with or without a port`
  }
  if (/[A-Z]/.test(remotePath)) return `repository ${quoted(remotePath)} must be lower case`
  return (
    `repository ${quoted(remotePath)} must be lower-case letters and digits, ` +
    'with single ".", "_", "__" or dashes within, and slashes between'
  )
}
