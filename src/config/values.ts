import ipaddr from 'ipaddr.js'
import * as v from 'valibot'

import { isDomain, isPathComponent, looksLikeDomain } from '../reference/grammar.ts'
import { validateTemplate } from '../reference/template.ts'
import { isNetwork } from '../network/addresses.ts'
import { longestDuration, parseDuration } from './duration.ts'

/*
 * What a single key may hold. Every message completes the sentence "expected …".
 */

export const flag = v.boolean('true or false')

export const filePath = v.pipe(v.string('the path of a file'), v.nonEmpty('the path of a file'))

/** A registry host with or without a port, in lower case: host names know no case. */
export const domain = v.pipe(
  v.string('a registry host, such as registry.example.com'),
  v.toLowerCase(),
  v.check(
    isRegistry,
    'a registry host with no scheme and no path, such as registry.example.com or registry.example.com:5000',
  ),
)

/** As the key of a map, in capitals as well: what changed a key here would take another one's place without a word. */
export const registryHost = v.pipe(
  v.string(),
  v.check(
    (value) => isRegistry(value.toLowerCase()),
    'as key the host of a registry, such as docker.io or registry.example.com:5000',
  ),
)

/** The repository path component that the vendor's application is known by. Empty counts as not given. */
export const slug = v.pipe(
  v.string('text'),
  v.check(
    (value) => value === '' || isPathComponent(value),
    'lower-case letters and digits with single separators ("-", "_" or ".") between them',
  ),
)

/** Credentials travel in an HTTP header, and a stray line break of a mounted file must not. */
export const licenseId = v.pipe(
  v.string('text, in quotes if it looks like a number'),
  v.regex(/^\S+$/, 'text without spaces'),
)

export const template = v.pipe(
  v.string('a template, such as {domain}/proxy/{appSlug}/{image}'),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const fault = validateTemplate(dataset.value)
    if (fault !== undefined) addIssue({ message: `a template that works (${fault})` })
  }),
)

const pattern =
  'a name without tag and digest, in lower case, registry first, such as quay.io/my-org/* or docker.io/library/redis'

/** The pattern of a rule: what it is compared with always has a registry, so that one without would match nothing. */
export const namePattern = v.pipe(v.string(pattern), v.check(isNamePattern, pattern))

export const network = v.pipe(
  v.string('a network in CIDR notation, such as 10.0.0.0/8'),
  v.check(isNetwork, 'a network in CIDR notation, such as 10.0.0.0/8 or fd00::/8'),
)

const httpsUrl = 'an https URL without user name, query and fragment, such as https://mirror.example.com'

export const endpoint = v.pipe(v.string(httpsUrl), v.check(isEndpoint, httpsUrl))

/** Kubernetes' DNS-1123 subdomain. https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const subdomain = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/

/** `replicated` is the Secret of the Replicated SDK, which must not be overwritten. */
export const secretName = v.pipe(
  v.string('the name of a Secret'),
  v.check(isObjectName, 'the name of a Secret: lower-case letters and digits, "-" and "." between them'),
  v.notValue('replicated', 'another name: that Secret belongs to the Replicated SDK'),
)

export const objectName = v.pipe(
  v.string('the name of an object'),
  v.check(isObjectName, 'the name of an object: lower-case letters and digits, "-" and "." between them'),
)

export const namespace = v.pipe(
  v.string('the name of a namespace, or "*"'),
  v.regex(/^(?:\*|(?=.{1,63}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)$/, 'the name of a namespace, or "*" for all of them'),
)

export const certificateHost = v.pipe(
  v.string('a host name or an IP address'),
  v.check((value) => isObjectName(value) || ipaddr.isValid(value), 'a host name in lower case or an IP address'),
)

/** 0 lets the operating system choose a free one. */
export const port = wholeNumber(0, 65_535)

export function wholeNumber(least: number, most: number) {
  const allowed = `a whole number from ${least} to ${most}`
  return v.pipe(v.number(allowed), v.integer(allowed), v.minValue(least, allowed), v.maxValue(most, allowed))
}

export function oneOf<const Options extends readonly [string, ...string[]]>(...options: Options) {
  return v.picklist(options, `one of ${options.join(', ')}`)
}

/** YAML reads 1.3 without quotes as a number. */
export const tlsVersion = v.pipe(
  v.union([v.string(), v.number()], 'one of "1.2", "1.3"'),
  v.transform(String),
  oneOf('1.2', '1.3'),
)

/** Milliseconds, written with a unit. */
export const duration = v.pipe(
  v.union([v.string(), v.number()], 'a duration, such as 30m'),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const { value } = dataset
    const parsed = parseDuration(String(value))
    if (parsed !== undefined && parsed <= longestDuration) return parsed
    addIssue({ message: durationFault(String(value), parsed) })
    return NEVER
  }),
)

/** A duration that must leave something time to happen. */
export const positiveDuration = v.pipe(duration, v.minValue(1, 'a duration of at least 1ms'))

function durationFault(written: string, parsed: number | undefined): string {
  if (parsed !== undefined) return 'a duration of at most 24d'
  return /^\d+(?:\.\d+)?$/.test(written)
    ? `a duration with its unit (ms, s, m, h or d), such as ${written}s or ${written}ms`
    : 'a duration, such as 2500ms, 2s or 1h30m'
}

/** Whether Kubernetes takes the text for the name of an object. */
export function isObjectName(value: string): boolean {
  return subdomain.test(value)
}

function isNamePattern(value: string): boolean {
  if (!/^[a-z0-9._*:[\]/-]+$/.test(value)) return false
  const [registry = '', ...path] = value.split('/')
  // `**` may stand for the registry and the path together.
  const named = registry.includes('*') || isRegistry(registry)
  return (
    named && (registry.includes('**') || path.length > 0) && path.every((segment) => /^[a-z0-9._*-]+$/.test(segment))
  )
}

/** Whether this before the first slash of a reference is a registry, rather than a Docker Hub namespace. */
function isRegistry(value: string): boolean {
  const port = Number(/:(\d+)$/.exec(value)?.[1] ?? 443)
  return value.length <= 255 && isDomain(value) && looksLikeDomain(value) && port >= 1 && port <= 65_535
}

function isEndpoint(value: string): boolean {
  return /^https:\/\/[^?#@\s]+$/i.test(value) && URL.canParse(value)
}
