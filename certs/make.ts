import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'

import { createAuthority, issueCertificate, type KeyPair } from '../src/certificates/authority.ts'

const usage = `Usage: npm run certs -- [NAME…] [--out DIR] [--force]

Makes a development CA and a server certificate for the NAMEs (host names and IP
addresses; without any: localhost, 127.0.0.1 and ::1). A CA that is there already
signs the new certificate; --force replaces it.

  --out DIR   where the files go (default: certs)
  --force     make a new CA, and forget the key of the old one`

const options = {
  out: { type: 'string' },
  force: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const hostName = /^(?:\*\.)?[a-z\d-]+(?:\.[a-z\d-]+)*$/i

const hour = 3_600_000
const year = 365 * 24 * hour

/** What cannot be done, as one sentence that says what would help. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError'
}

export interface CertificateOptions {
  /** Host names and IP addresses. */
  readonly names: readonly string[]
  readonly directory: string
  /** Whether to replace a CA that is there. */
  readonly force: boolean
}

type CertificateFiles = Readonly<Record<'caCert' | 'caKey' | 'cert' | 'key', string>>

export interface MadeCertificates {
  /** Whether the CA is a new one, which clients have yet to trust. */
  readonly newAuthority: boolean
  readonly files: CertificateFiles
}

/**
 * Writes `ca.crt`, `ca.key`, `tls.crt` and `tls.key` (PEM) to a directory, which is made if need be. Only the user can
 * read the keys. Each file is replaced as a whole, so that a webhook which watches it never reads half of one.
 *
 * @throws {CertificateError} before anything is written
 */
export async function makeCertificates({ names, directory, force }: CertificateOptions): Promise<MadeCertificates> {
  const wrong = names.find((name) => isIP(name) === 0 && !hostName.test(name))
  if (wrong !== undefined)
    throw new CertificateError(`${JSON.stringify(wrong)} is neither a host name nor an IP address`)

  const files = {
    caCert: join(directory, 'ca.crt'),
    caKey: join(directory, 'ca.key'),
    cert: join(directory, 'tls.crt'),
    key: join(directory, 'tls.key'),
  }
  const from = Date.now() - hour
  const until = Date.now() + year
  const existing = force ? undefined : await readAuthority(files)
  const authority = existing ?? (await createAuthority('image-proxy-webhook development CA', { from, until }))
  const caUntil = new X509Certificate(authority.cert).validToDate.getTime()
  const server = await issueCertificate(authority, names, { from, until: Math.min(until, caUntil) })

  await mkdir(directory, { recursive: true })
  if (existing === undefined) {
    await replace(files.caKey, authority.key, 0o600)
    await replace(files.caCert, authority.cert, 0o644)
  }
  await replace(files.key, server.key, 0o600)
  await replace(files.cert, server.cert, 0o644)
  return { newAuthority: existing === undefined, files }
}

/** The CA of an earlier run, undefined where there is none. */
async function readAuthority({ caCert, caKey }: CertificateFiles): Promise<KeyPair | undefined> {
  const [cert, key] = await Promise.all([readIfThere(caCert), readIfThere(caKey)])
  if (cert === undefined && key === undefined) return undefined
  const fault = authorityFault(cert, key)
  if (cert === undefined || key === undefined || fault !== undefined) {
    throw new CertificateError(`${caCert} and ${caKey} ${fault ?? 'must be both there'}; --force makes a new CA`)
  }
  return { cert, key }
}

function authorityFault(cert = '', key = ''): string | undefined {
  try {
    const certificate = new X509Certificate(cert)
    if (!certificate.ca || !certificate.checkPrivateKey(createPrivateKey(key))) return 'are no CA and its key'
    return certificate.validToDate.getTime() < Date.now() + hour ? 'have expired' : undefined
  } catch {
    return 'are no CA and its key'
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function replace(file: string, content: string, mode: number): Promise<void> {
  const whole = `${file}.new`
  await rm(whole, { force: true })
  await writeFile(whole, content, { mode, flag: 'wx' })
  await rename(whole, file)
}

function describe({ newAuthority, files }: MadeCertificates, names: readonly string[]): string {
  const { caCert, caKey, cert, key } = files
  return `${newAuthority ? `${caCert}   a new CA: clients must trust it\n${caKey}   its key: keep it to yourself\n` : ''}\
${cert}  for ${names.join(', ')}${newAuthority ? '' : `, signed by the CA that is there (${caCert})`}
${key}  its key: keep it to yourself

Serve with it:
  SERVER_TLS_CERT_FILE=${cert} SERVER_TLS_KEY_FILE=${key} npm start
Ask it:
  curl --cacert ${caCert} https://${names[0] ?? ''}:8443/mutate
Have an API server trust it, as the caBundle of a MutatingWebhookConfiguration:
  base64 -w0 ${caCert}`
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help) {
    console.log(usage)
    return
  }
  const names = positionals.length > 0 ? positionals : ['localhost', '127.0.0.1', '::1']
  const directory = values.out ?? (relative('', import.meta.dirname) || '.')
  console.log(describe(await makeCertificates({ names, directory, force: values.force }), names))
}

if (import.meta.main) {
  try {
    await main()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = error instanceof CertificateError ? 1 : 2
  }
}
