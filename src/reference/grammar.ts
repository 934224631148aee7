/**
 * The grammar of image references, as distribution/reference v0.6.0 (`regexp.go`) and opencontainers/go-digest define it:
 *
 *     reference := [ domain "/" ] path [ ":" tag ] [ "@" digest ]
 *     domain    := host [ ":" port ]
 *     path      := component { "/" component }
 *
 * Go's regular expressions take linear time, JavaScript's backtrack on the heap and on a stack of limited size. So a rule
 * for text of any length has no repetition within a repetition; the others are only for text whose length was checked.
 */

/** Longest path, in characters, without the domain. */
export const maxPathLength = 255

const alphanumeric = '[a-z0-9]+'
const separator = '(?:[._]|__|-+)'
const component = `${alphanumeric}(?:${separator}${alphanumeric})*`
const path = new RegExp(`^${component}(?:/${component})*$`)

const hostAndPort = /^(\[[a-fA-F0-9:]+\]|[^:[]+)(?::[0-9]+)?$/

/** What a host name must not have: labels are letters, digits and inner dashes, with single dots between them. */
const faultInHostName = /[^a-zA-Z0-9.-]|^[.-]|[.-]$|\.[.-]|-\./

const tag = /^\w[\w.-]{0,127}$/

const digest = /^(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})$/

const imageId = /^[a-f0-9]{64}$/

/** A host name, IPv4 address or bracketed IPv6 address, with or without a port. */
export const isDomain = (text: string): boolean => {
  const host = hostAndPort.exec(text)?.[1]
  return host !== undefined && (host.startsWith('[') || !faultInHostName.test(host))
}

export const isPath = (text: string): boolean => text.length <= maxPathLength && path.test(text)

/** Between two slashes of a path: a Docker Hub namespace, or an application's slug at the proxy. */
export const isPathComponent = (text: string): boolean => !text.includes('/') && isPath(text)

export const isTag = (text: string): boolean => tag.test(text)

export const isDigest = (text: string): boolean => digest.test(text)

/** 64 hexadecimal digits and nothing else: what a container runtime takes for an image's ID. */
export const isImageId = (text: string): boolean => imageId.test(text)

/**
 * Whether the text before the first slash names a registry rather than a Docker Hub namespace (`splitDockerDomain`):
 * namespaces have no dot, colon or capital letter. It need not be a valid domain.
 */
export const looksLikeDomain = (text: string): boolean => text === 'localhost' || /[.:A-Z]/.test(text)
