import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { RequestOptions } from 'node:https'
import { delimiter, dirname, join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { KubeConfig, type Cluster, type Context, type RequestContext } from '@kubernetes/client-node'
import { Agent, ProxyAgent, Socks5ProxyAgent, type Dispatcher } from 'undici'
import { cannotRead } from '../fileFault.ts'
import { faultOf } from './faultOf.ts'

/** Connections for requests: each costs memory, and a few suffice, since most answers take milliseconds. */
const connections = 16
const pool = {
  // Above the seconds that pass between two renewals of the Lease: each new connection costs a handshake.
  keepAliveTimeout: 60_000,
  // Milliseconds without an answer's head: the API server itself gives up on a request after 60 s.
  headersTimeout: 15_000,
  // A watch is silent for minutes, and minds that itself.
  bodyTimeout: 0,
  // One lost packet, or one dead connection, would hold up every watch at once.
  allowH2: false,
}

/**
 * How a connection is opened. While an API server restarts, or its node is gone, packets to its address may be dropped
 * silently: with undici's own 10 s for a connection, a request would go on waiting after the server is back.
 */
const connecting = { timeout: 5000, keepAlive: true, keepAliveInitialDelay: 30_000 }

/**
 * The library's KubeConfig, with connections that are kept: by itself it opens a new one for each request. A new pool
 * takes the place of the old one where the cluster's CA or the client's certificate has changed.
 */
export class PooledKubeConfig extends KubeConfig {
  #requests: Pooled | undefined
  #watches: Pooled | undefined

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    const options: RequestOptions = { headers: {} }
    await this.applyToHTTPSOptions(options)
    for (const [name, value] of Object.entries(options.headers ?? {})) context.setHeaderParam(name, String(value))
    if (options.auth) context.setHeaderParam('Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`)
    // A watch occupies its connection: many of them must leave some for requests.
    if (new URL(context.getUrl()).searchParams.has('watch')) {
      this.#watches = this.#renewed(this.#watches, options, {})
      context.setDispatcher(this.#watches.dispatcher)
    } else {
      this.#requests = this.#renewed(this.#requests, options, { connections })
      context.setDispatcher(this.#requests.dispatcher)
    }
  }

  /** The cluster that is talked to. @throws where the kubeconfig names none */
  cluster(): Cluster {
    const cluster = this.getCurrentCluster()
    if (cluster === null) throw new Error(`the context ${this.getCurrentContext()} names no cluster`)
    return cluster
  }

  namespace(): string {
    return this.getContextObject(this.getCurrentContext())?.namespace?.trim() ?? 'default'
  }

  /** Ends every connection, and with them what is under way. */
  close(): void {
    for (const used of [this.#requests, this.#watches]) void used?.dispatcher.destroy()
  }

  #renewed(used: Pooled | undefined, options: RequestOptions, bounds: { readonly connections?: number }): Pooled {
    const { ca, cert, key, servername, rejectUnauthorized } = options
    const identity = [ca, cert, key, servername, rejectUnauthorized].map(String).join('\n')
    if (used?.identity === identity) return used
    // What is under way on the old one may end.
    void used?.dispatcher.close()
    return { identity, dispatcher: this.#createDispatcher(options, bounds) }
  }

  /** HTTPS_PROXY is for what goes out to strangers: only the kubeconfig's own `proxy-url` applies to the API server. */
  #createDispatcher(options: RequestOptions, bounds: { readonly connections?: number }): Dispatcher {
    const { ca, cert, key, servername, rejectUnauthorized } = options
    const chosen = this.createDispatcherOptions(this.cluster(), {})
    const tls = {
      // One for all connections: each that makes its own costs hundreds of kilobytes.
      secureContext: createSecureContext({ ca, cert, key }),
      ...(servername === undefined ? {} : { servername }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    }
    const settings = { ...pool, ...bounds }
    switch (chosen.type) {
      case 'proxy':
        return new ProxyAgent({ ...settings, uri: chosen.uri, requestTls: tls })
      case 'socks':
        return new Socks5ProxyAgent(chosen.uri, { ...settings, requestTls: tls })
      case 'agent':
      case 'none':
        return new Agent({ ...settings, connect: { ...tls, ...connecting } })
    }
  }
}

interface Pooled {
  readonly dispatcher: Dispatcher
  /** The CA, the client certificate and the other TLS settings with which its connections were made, as one text. */
  readonly identity: string
}

/**
 * The current context of the files that a KUBECONFIG variable lists (or `context`), with whatever logs in to it: client
 * certificates, tokens, exec plug-ins, OpenID Connect.
 * @throws where a file cannot be read, or there is no such context
 */
export function fromKubeconfig(paths: string, context?: string): PooledKubeConfig {
  const config = new PooledKubeConfig()
  for (const [index, path] of readable(paths.split(delimiter).filter(Boolean)).entries()) {
    const file = index === 0 ? config : new KubeConfig()
    load(file, path)
    if (index > 0) config.mergeConfig(file, true)
  }
  if (context !== undefined) config.setCurrentContext(context)
  const named = config.getContextObject(config.getCurrentContext()) as Context | null | undefined
  if (named === undefined || named === null || config.getCurrentCluster() === null)
    throw new Error(
      context === undefined ? `${paths} names no current context with a cluster` : `${paths} has no context ${context}`,
    )
  const { server } = config.cluster()
  if (!URL.canParse(server)) throw new Error(`${paths} has a cluster whose server is no URL`)
  return config
}

/** As kubectl has it, a file of several may be missing. */
function readable(paths: readonly string[]): readonly string[] {
  const existing = paths.filter((path) => existsSync(path))
  return existing.length > 0 ? existing : paths
}

/** The parser's faults are of a class of its own, and go over several lines. */
function load(config: KubeConfig, path: string): void {
  const text = textOf(path)
  if (text.trim() === '') throw new Error(`${path} is no kubeconfig: it is empty`)
  if (text.includes('\0')) throw new Error(`${path} is no kubeconfig: it is not text in UTF-8`)
  try {
    config.loadFromString(text)
    config.makePathsAbsolute(dirname(path))
  } catch (error) {
    const fault = faultOf(error).split('\n', 1)[0] ?? ''
    throw new Error(`${path} is no kubeconfig: ${fault}`, { cause: error })
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Error(cannotRead(path, error), { cause: error })
  }
}

/** What a Pod's service account may do at `server`. The kubelet mounts its files in `directory`, and replaces them. */
export function fromServiceAccount(server: string, directory: string): PooledKubeConfig {
  const config = new PooledKubeConfig()
  const name = 'service-account'
  config.loadFromOptions({
    clusters: [{ name, server, caFile: join(directory, 'ca.crt'), skipTLSVerify: false }],
    users: [{ name, authProvider: { name, config: {} } }],
    contexts: [{ name, cluster: name, user: name, namespace: namespaceIn(directory) }],
    currentContext: name,
  })
  // The library's own reader keeps a token for a minute, also one that could not be read yet.
  config.addAuthenticator({
    isAuthProvider: ({ authProvider }) => authProvider !== undefined,
    async applyAuthentication(_user, options: RequestOptions) {
      const token = (await readFile(join(directory, 'token'), 'utf8')).trim()
      options.headers = Object.assign(options.headers ?? {}, { Authorization: `Bearer ${token}` })
    },
  })
  return config
}

function namespaceIn(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, 'namespace'), 'utf8')
  } catch {
    return undefined
  }
}
