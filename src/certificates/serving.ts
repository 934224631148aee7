import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { createAuthority, issueCertificate, type KeyPair } from './authority.ts'

/** A serving certificate, and the authorities that a client must trust to accept it and what comes after it. */
export interface Serving {
  readonly serving: KeyPair
  /** Signs the next certificate. */
  readonly authority: KeyPair
  /** Older authorities, PEM, newest first: replicas may still serve what they signed. */
  readonly retired: readonly string[]
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** How far a clock may be behind the one of whoever made the certificate. */
const backdated = hour
const authorityLife = 365 * day
const servingLife = 90 * day
/** A new authority is trusted everywhere before anything that it signed is served: API servers learn of it by and by. */
const settling = 10 * minute

/** The PEM of all authorities to trust, newest first. */
export function trustedBy({ authority, retired }: Serving): string {
  return [authority.cert, ...retired].join('')
}

/**
 * What should be served at the time `now` for `hosts`: `current` itself where nothing is due, and otherwise a renewal
 * of it. Certificates are renewed when a third of their life is left; an authority that is replaced stays trusted until it ends.
 */
export async function renewed(current: Serving | undefined, hosts: readonly string[], now: number): Promise<Serving> {
  if (current === undefined || !isValid(current.authority.cert, now)) {
    const authority = await newAuthority(now)
    return { serving: await newServing(authority, hosts, now), authority, retired: [] }
  }
  const next = isDue(current.authority.cert, now)
    ? { ...current, authority: await newAuthority(now), retired: [current.authority.cert, ...current.retired] }
    : withoutExpired(current, now)
  if (!covers(next.serving.cert, hosts)) {
    // Another replica may be an older one that needs the names it asked for: they go when the certificate is renewed in its time.
    const names = [...new Set([...hosts, ...namesOf(next.serving.cert)])]
    return { ...next, serving: await newServing(next.authority, names, now) }
  }
  const settled = now >= madeAt(next.authority.cert) + settling
  const outdated = isDue(next.serving.cert, now) || !isIssuedBy(next.serving.cert, next.authority.cert)
  return (outdated && settled) || !isValid(next.serving.cert, now)
    ? { ...next, serving: await newServing(next.authority, hosts, now) }
    : next
}

/** A serving certificate as it was stored. */
export interface StoredServing {
  readonly cert: string | undefined
  readonly key: string | undefined
  /** PEM, newest first. */
  readonly authorities: string | undefined
  readonly authorityKey: string | undefined
}

/** The parts that were stored, or undefined where they do not belong together. */
export function readServing({
  cert = '',
  key = '',
  authorities = '',
  authorityKey = '',
}: StoredServing): Serving | undefined {
  const [newest = '', ...retired] = splitPem(authorities)
  try {
    const intact =
      new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)) &&
      new X509Certificate(newest).checkPrivateKey(createPrivateKey(authorityKey)) &&
      [newest, ...retired].some((authority) => isIssuedBy(cert, authority))
    return intact ? { serving: { cert, key }, authority: { cert: newest, key: authorityKey }, retired } : undefined
  } catch {
    return undefined
  }
}

/** The certificates in a PEM text, each as it was written. */
export function splitPem(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? []
}

/** From when until when a certificate is valid, in milliseconds since the epoch. */
export function validity(pem: string): { from: number; until: number } {
  const { validFromDate, validToDate } = new X509Certificate(pem)
  return { from: validFromDate.getTime(), until: validToDate.getTime() }
}

/** A certificate that is not valid yet was made by a clock that was ahead, and has been set back since. */
function isValid(pem: string, now: number): boolean {
  const { from, until } = validity(pem)
  return now >= from && now < until
}

function newAuthority(now: number): Promise<KeyPair> {
  return createAuthority('image-proxy-webhook CA', { from: now - backdated, until: now + authorityLife })
}

function newServing(authority: KeyPair, hosts: readonly string[], now: number): Promise<KeyPair> {
  const until = Math.min(now + servingLife, validity(authority.cert).until)
  return issueCertificate(authority, hosts, { from: now - backdated, until })
}

function madeAt(pem: string): number {
  return validity(pem).from + backdated
}

/** Whether less than a third of its life is left. */
function isDue(pem: string, now: number): boolean {
  const { from, until } = validity(pem)
  return now >= from + ((until - from) * 2) / 3
}

function isIssuedBy(pem: string, authority: string): boolean {
  const issuer = new X509Certificate(authority)
  const certificate = new X509Certificate(pem)
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

function covers(pem: string, hosts: readonly string[]): boolean {
  const certificate = new X509Certificate(pem)
  return hosts.every(
    (host) => (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined,
  )
}

function namesOf(pem: string): string[] {
  const { subjectAltName = '' } = new X509Certificate(pem)
  return subjectAltName.split(', ').map((name) => name.replace(/^(?:DNS|IP Address):/, ''))
}

function withoutExpired(serving: Serving, now: number): Serving {
  const retired = serving.retired.filter((pem) => validity(pem).until > now)
  return retired.length === serving.retired.length ? serving : { ...serving, retired }
}
