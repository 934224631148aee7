import { anonymousClauses, refusalClause } from './clauses.ts'
import type { AnonymousVerdict, ProxyVerdict } from './verdict.ts'

/**
 * The API server cuts a warning at 256 characters where all of them are long, so that an image gets this many of them.
 */
const longestImage = 72

/**
 * Text as an HTTP header (of a warning) and a terminal may carry it: a Pod's author wrote it before anybody validated it,
 * and control characters could rewrite what a terminal shows.
 */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?')
}

/** Text that a Pod's author wrote, as a warning shows it: quoted, printable and bounded. */
export function quote(text: string): string {
  return text.length > longestImage ? `"${printable(text.slice(0, longestImage))}..."` : `"${printable(text)}"`
}

/**
 * Sentences for `kubectl` to show. A Pod's author may have chosen the host, so that refused, timed out and blocked
 * connections read the same: a warning must not turn the webhook into a port scanner.
 */
export const warnings = {
  notReady: 'image-proxy-webhook has no usable license or appSlug: images are left alone',

  tooMany: (count: number, most: number) =>
    `this Pod has ${count} images: they are left alone, for image-proxy-webhook looks at ${most} at the most`,

  overloaded: 'image-proxy-webhook is overloaded: images are left alone',

  longUid: "the review's uid is longer than any: its images are left alone",

  invalid: (image: string, fault: string) => `image ${quote(image)} is left alone: ${fault}`,

  refused: (image: string, anonymous: AnonymousVerdict, proxy: ProxyVerdict) => {
    const here = anonymousClauses[anonymous.access]
    return `image ${quote(image)} is left alone: ${here}, and ${refusalClause(proxy)}`
  },

  /** For a verdict that the policy answers with `leave`. */
  undecided: (image: string, { access, reason }: AnonymousVerdict) => {
    const limited = reason === 'rate-limited' ? 'its registry limits requests just now' : anonymousClauses[access]
    const unasked = access === 'private' ? ', and the proxy could not be asked for it' : ''
    return `image ${quote(image)} is left alone: ${limited}${unasked}`
  },

  notRewritable: (image: string, fault: string) => `image ${quote(image)} is left alone: ${fault}`,

  noPullSecret: (image: string, secret: string) =>
    `image ${quote(image)} is left alone: this Pod lacks the pull secret ${quote(secret)}, which cannot be added after creation`,

  foreignPullSecret: (secret: string) =>
    `the pull secret ${quote(secret)} of this namespace was not made by image-proxy-webhook and is left as it is: images behind the proxy are pulled with what it holds`,

  absentPullSecret: (secret: string) =>
    `the pull secret ${quote(secret)} could not be brought to this namespace: images behind the proxy cannot be pulled before it is there`,

  audit: (image: string, location: string) =>
    `image ${quote(image)} would be pulled as ${quote(location)} (audit mode)`,
}
