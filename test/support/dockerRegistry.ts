import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { Agent, request } from 'undici'
import { stringify } from 'yaml'
import { isObject, textAt } from '../../src/json.ts'
import type { ServerCertificate } from '../../testbed/certificates.ts'
import { ensurePrograms } from './debianPackages.ts'
import { ociManifestType } from './registry.ts'

const run = promisify(execFile)

export interface DockerRegistryOptions {
  readonly tls: ServerCertificate
  /** PEM of the authority that signed the certificate, for `push`. */
  readonly ca: string
  /** Default: everyone may pull and push. */
  readonly htpasswd?: { readonly username: string; readonly password: string }
  /** Bearer tokens in place of htpasswd. */
  readonly tokens?: TokenTrust
  /** Default: 127.0.0.1, which the certificate must name then. */
  readonly address?: string
  /** Default: a free one. */
  readonly port?: number
}

/** Whose tokens a registry accepts. */
export interface TokenTrust {
  /** URL of the token server. */
  readonly realm: string
  readonly service: string
  readonly issuer: string
  /** PEM of the authority that signed the certificate of the token server's key. */
  readonly ca: string
}

/** A request as docker-registry logged it. */
export interface RegistryRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  /** Its `User-Agent`. */
  readonly client: string
  readonly status: number
}

export interface DockerRegistry {
  /** `https://ADDRESS:PORT` */
  readonly url: string
  /** What it answered since its start. */
  readonly requests: readonly RegistryRequest[]
  /** Puts an image without layers into a repository and gives its digest. */
  push(repository: string, tag: string): Promise<string>
  /** Ends the process and deletes what it stored. */
  stop(): Promise<void>
}

/** Starts the real `docker-registry` (distribution) of the Debian package, over https, with an empty store of its own. */
export async function startDockerRegistry(options: DockerRegistryOptions): Promise<DockerRegistry> {
  const { tls, ca, htpasswd, tokens, address = '127.0.0.1' } = options
  const directory = await mkdtemp(join(tmpdir(), 'docker-registry-'))
  const file = async (name: string, content: string) => {
    const path = join(directory, name)
    await writeFile(path, content, { mode: 0o600 })
    return path
  }
  const port = options.port ?? (await freePort(address))
  const configuration = {
    version: '0.1',
    log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(directory, 'store') } },
    http: {
      addr: `${address}:${port}`,
      tls: { certificate: await file('tls.crt', tls.cert), key: await file('tls.key', tls.key) },
    },
    ...(htpasswd && {
      auth: { htpasswd: { realm: 'Registry', path: await file('htpasswd', await htpasswdLine(htpasswd)) } },
    }),
    ...(tokens && {
      auth: { token: { ...tokens, ca: undefined, rootcertbundle: await file('tokens.crt', tokens.ca) } },
    }),
  }
  const child = spawn('docker-registry', ['serve', await file('config.yml', stringify(configuration))], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  const requests: RegistryRequest[] = []
  // Where the program is missing; the first request then finds nobody.
  child.on('error', ({ message }) => (errors += message))
  createInterface(child.stderr).on('line', (line) => {
    const request = loggedRequest(line)
    if (request === undefined) errors += `${line}\n`
    else requests.push(request)
  })

  const url = `https://${address}:${port}`
  const agent = new Agent({ connect: { ca } })
  const authorization =
    htpasswd && `Basic ${Buffer.from(`${htpasswd.username}:${htpasswd.password}`).toString('base64')}`
  const send = async (method: 'GET' | 'POST' | 'PUT', target: string, contentType: string, body: string) => {
    const response = await request(new URL(target, url), {
      dispatcher: agent,
      method,
      headers: { 'content-type': contentType, ...(authorization !== undefined && { authorization }) },
      ...(method !== 'GET' && { body }),
    })
    await response.body.dump()
    return response
  }
  const stop = async () => {
    await agent.close()
    await end(child)
    await rm(directory, { recursive: true, force: true })
  }

  try {
    await untilReady(child, () => send('GET', '/v2/', 'application/json', ''))
  } catch (error) {
    await stop()
    throw new Error(`docker-registry did not start: ${errors}`, { cause: error })
  }

  async function pushBlob(repository: string, content: string) {
    const upload = await send('POST', `/v2/${repository}/blobs/uploads/`, 'application/json', '')
    const { location } = upload.headers
    if (typeof location !== 'string') throw new Error(`no upload was begun: ${upload.statusCode}`)
    const target = new URL(location, url)
    target.searchParams.set('digest', digestOf(content))
    await expectCreated(send('PUT', target.href, 'application/octet-stream', content))
    return { digest: digestOf(content), size: content.length }
  }

  return {
    url,
    requests,
    async push(repository, tag) {
      const config = JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } })
      const mediaType = 'application/vnd.oci.image.config.v1+json'
      const manifest = JSON.stringify({
        schemaVersion: 2,
        mediaType: ociManifestType,
        config: { mediaType, ...(await pushBlob(repository, config)) },
        layers: [],
      })
      await expectCreated(send('PUT', `/v2/${repository}/manifests/${tag}`, ociManifestType, manifest))
      return digestOf(manifest)
    },
    stop,
  }
}

/** Installs the programs that `startDockerRegistry` needs where they are missing and that can be done; an error says what to install. */
export function ensureDockerRegistry(): Promise<void> {
  return ensurePrograms({ 'docker-registry': 'docker-registry', htpasswd: 'apache2-utils' })
}

async function htpasswdLine({ username, password }: { username: string; password: string }): Promise<string> {
  // Distribution reads bcrypt alone. The lowest cost that there is will do for a test.
  return (await run('htpasswd', ['-nbB', '-C', '4', username, password])).stdout.trim() + '\n'
}

/** One that nobody listens at, for a program that has to be told. */
export async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Distribution logs each request when it is answered, under this message for a success and others for a failure. */
function loggedRequest(line: string): RegistryRequest | undefined {
  const entry: unknown = line.startsWith('{') ? JSON.parse(line) : undefined
  if (!isObject(entry) || entry['http.response.status'] === undefined) return undefined
  const text = (key: string) => textAt(entry, key) ?? ''
  return {
    method: text('http.request.method'),
    path: text('http.request.uri'),
    client: text('http.request.useragent'),
    status: Number(entry['http.response.status']),
  }
}

/** Any answer will do: with htpasswd it is a 401. */
async function untilReady(child: ChildProcess, ask: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await ask()
      return
    } catch (error) {
      if (child.exitCode !== null || child.pid === undefined) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function expectCreated(answer: Promise<{ statusCode: number }>): Promise<void> {
  const { statusCode } = await answer
  if (statusCode !== 201) throw new Error(`docker-registry answered ${statusCode} where 201 was expected`)
}

function digestOf(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}
