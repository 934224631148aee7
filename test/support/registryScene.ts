import type { CheckConfig } from '../../src/config/config.ts'
import { isPending, type AnonymousVerdict, type PendingCheck, type ProxyVerdict } from '../../src/decision/verdict.ts'
import { parseReference } from '../../src/reference/reference.ts'
import { createEndpoints } from '../../src/registry/endpoint.ts'
import { createVerdicts, type RegistryVerdicts } from '../../src/registry/verdicts.ts'
import { dial } from '../../src/network/dial.ts'
import { createTransport } from '../../src/network/transport.ts'
import { createAuthority } from '../../testbed/certificates.ts'
import { resolvesTo } from './transports.ts'
import { startScriptedRegistry, type Asked, type ScriptedRegistry } from './registry.ts'

type LookupOptions = Parameters<typeof createVerdicts>[0]

export interface SceneLookup extends RegistryVerdicts {
  /** The verdict, waited for. */
  ask(image: string): Promise<AnonymousVerdict>
  askProxy(image: string, original?: string): Promise<ProxyVerdict | undefined>
}

/** Two scripted registries on hosts of their own, and lookups that ask them over the real transport. */
export interface Scene {
  readonly registry: ScriptedRegistry
  readonly other: ScriptedRegistry
  /**
   * Every request since the last `lookup`, in order: `HEAD manifest`, `GET token`, `HEAD manifest with token`; those of
   * the second registry with `other:` before them.
   */
  readonly transcript: readonly string[]
  /**
   * A fresh lookup, for which the first registry is `domains`, with their ports or 443. It is closed with the next, or with the scene.
   */
  lookup(domains: readonly string[], options?: SceneOptions): Promise<SceneLookup>
}

export interface SceneOptions extends Partial<
  Pick<LookupOptions, 'credentials' | 'operatorDomains' | 'observer' | 'now' | 'random'>
> {
  readonly check?: Partial<CheckConfig>
}

export const minute = 60_000
export const hour = 60 * minute

export const defaultCheck: CheckConfig = {
  deadline: 2500,
  timeout: 5000,
  total: 10_000,
  concurrency: 64,
  perHost: 16,
  allowedNetworks: ['127.0.0.0/8'],
  endpoints: {},
  cache: {
    maxEntries: 10_000,
    public: 30 * minute,
    publicDigest: 6 * hour,
    private: 10 * minute,
    missing: minute,
    unknown: 15_000,
    stale: 24 * hour,
  },
}

/** Call it in a `describe`: its tests share one scene. */
export function useScene(): Scene {
  let started: Awaited<ReturnType<typeof startScene>> | undefined
  before(async () => {
    started = await startScene()
  })
  after(() => started?.close())
  const scene = (): Scene => {
    if (started === undefined) throw new Error('the scene starts with the tests, not before them')
    return started
  }
  return {
    get registry() {
      return scene().registry
    },
    get other() {
      return scene().other
    },
    get transcript() {
      return scene().transcript
    },
    lookup: (domains, options) => scene().lookup(domains, options),
  }
}

async function startScene(): Promise<Scene & { close(): Promise<void> }> {
  const authority = await createAuthority()
  const certificate = await authority.issue({ names: ['127.0.0.1'] })
  let transcript: string[] = []
  const registry = await startScriptedRegistry(certificate, (asked) => transcript.push(line(asked)))
  const other = await startScriptedRegistry(certificate, (asked) => transcript.push(`other: ${line(asked)}`))
  const registryPort = portOf(registry)
  let closeLookup: (() => Promise<void>) | undefined

  return {
    registry,
    other,
    get transcript() {
      return transcript
    },
    async lookup(domains, { check = {}, ...options } = {}) {
      await closeLookup?.()
      transcript = []
      registry.show(await authority.issue({ names: ['127.0.0.1', ...domains.map(hostOf)] }))
      const ports = new Set(domains.map((domain) => Number(/:(\d+)$/.exec(domain)?.[1] ?? 443)))
      const config = { ...defaultCheck, ...check }
      const { timeout, allowedNetworks } = config
      const transport = createTransport({
        timeout,
        allowedNetworks,
        ca: authority.certificate,
        lookup: resolvesTo('127.0.0.1'),
        dial: (addresses, port, signal) => dial(addresses, ports.has(port) ? registryPort : port, signal),
      })
      const lookup = createVerdicts({ check: config, transport, ...options })
      closeLookup = async () => {
        await lookup.close()
        await transport.close()
      }
      return {
        ...lookup,
        ask: (image) => settled(lookup.anonymous(parseReference(image), { namespace: image })),
        askProxy: async (image, original) => {
          const answer = lookup.proxy(
            parseReference(image),
            { namespace: image },
            original === undefined ? undefined : parseReference(original),
          )
          return answer && settled(answer)
        },
      }
    },
    async close() {
      await closeLookup?.()
      await Promise.all([registry.close(), other.close()])
    },
  }
}

/** The verdict, waited for where it is not known. */
export async function settled<V extends object>(answer: V | PendingCheck<V>): Promise<V> {
  return isPending(answer) ? answer.verdict : answer
}

function portOf({ url }: ScriptedRegistry): number {
  return Number(new URL(url).port)
}

/** Where an image's domain is asked, without its port. */
function hostOf(domain: string): string {
  return new URL(createEndpoints({})(domain).base).hostname
}

function line({ method, path, authorization }: Asked): string {
  const scheme = authorization?.split(' ', 1)[0]
  const manner = scheme === undefined ? '' : ` with ${scheme === 'Bearer' ? 'token' : 'credentials'}`
  return `${method} ${path.includes('/manifests/') ? 'manifest' : path.slice(1)}${manner}`
}
