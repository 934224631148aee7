import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Action, DecisionReason } from '../src/decision/decision.ts'
import type { AnonymousAccess, ProxyAccess, VerdictReason } from '../src/decision/verdict.ts'
import { send } from './client.ts'
import { followLog } from './logLines.ts'
import type { Scene } from './scene.ts'
import { writeWebhookFiles } from './webhookFiles.ts'

/** One image in the webhook's log line of an admission. */
export interface LoggedImage {
  readonly name: string
  readonly image: string
  readonly decision: Action
  readonly reason: DecisionReason
  readonly rule?: string
  readonly anonymous?: AnonymousAccess
  readonly anonymousReason?: VerdictReason
  readonly proxy?: ProxyAccess
  readonly proxyReason?: VerdictReason
  readonly cached: boolean
  readonly milliseconds: number
}

/** What the webhook answered to a review, and what its log said of that. */
export interface Answered {
  readonly response: { readonly patch?: string; readonly warnings?: readonly string[] }
  readonly milliseconds: number
  readonly images: readonly LoggedImage[]
}

/** The webhook in a process of its own. */
export interface Webhook {
  readonly pid: number
  readonly port: number
  /** Milliseconds from its start until it listened. */
  readonly startedIn: number
  /** Where its configuration, its certificate and the license are. */
  readonly directory: string
  post(review: string): Promise<Answered>
  stop(): Promise<void>
}

interface LogLine {
  readonly msg?: string
  readonly uid?: string
  readonly port?: number
  readonly milliseconds?: number
  readonly images?: readonly LoggedImage[]
}

/** Milliseconds for anything that the webhook is waited for, on a machine that is busy with much else. */
const patience = 60_000

/** Starts `serve` with a configuration that knows the scene's registries, and a cache that forgets within a second. */
export async function startWebhook(scene: Scene): Promise<Webhook> {
  const directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-demo-'))
  try {
    await writeWebhookFiles(directory, scene, {
      names: ['localhost', '127.0.0.1'],
      check: { timeout: '1s', cache: { private: '1s', missing: '1s', stale: '0' } },
      server: { port: 0 },
    })
    return await run(directory, scene)
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

async function run(directory: string, { authority }: Scene): Promise<Webhook> {
  const started = performance.now()
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const { PATH, NODE_OPTIONS = '' } = process.env
  const child = spawn(process.execPath, [main, 'serve', '--config', join(directory, 'config.yaml')], {
    // No variable of the surroundings may reach the configuration: all of its keys have one.
    env: { PATH, NODE_OPTIONS },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const killed = () => child.kill('SIGKILL')
  process.once('exit', killed)

  let tail = ''
  const waiting = new Set<(line: LogLine) => void>()
  const exited = new Promise<void>((resolve) =>
    child.once('close', () => {
      resolve()
    }),
  )
  child.stderr.on('data', (chunk: Buffer) => (tail += chunk.toString()))
  followLog(child.stdout, {
    entry: (value) => {
      const line = value as LogLine
      if (line.msg !== undefined && /cannot|fail/.test(line.msg)) tail += `${JSON.stringify(line)}\n`
      for (const listener of waiting) listener(line)
    },
    other: (text) => (tail += `${text}\n`),
  })

  /** The first line that `matches`, from now on; `what` names it for whoever it does not come to. */
  function logged(what: string, matches: (line: LogLine) => boolean): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        waiting.delete(listener)
      }
      const fail = (how: string) => {
        end()
        reject(new Error(`the webhook ${how} without ${what}; it said:\n${tail}`))
      }
      const listener = (line: LogLine) => {
        if (!matches(line)) return
        end()
        resolve(line)
      }
      const timer = setTimeout(fail, patience, `went on for ${patience / 1000} s`)
      waiting.add(listener)
      void exited.then(() => {
        fail('ended')
      })
    })
  }

  const { port = 0 } = await logged('listening', ({ msg }) => msg === 'listening')
  return {
    pid: child.pid ?? 0,
    port,
    startedIn: performance.now() - started,
    directory,
    async post(review) {
      const uid = crypto.randomUUID()
      const line = logged('logging an admission', (line) => line.uid === uid)
      const [{ json }, { images = [], milliseconds = 0 }] = await Promise.all([
        send(port, '/mutate?timeout=5s', {
          ca: authority.certificate,
          agent: false,
          headers: { 'content-type': 'application/json' },
          body: withUid(review, uid),
        }),
        line,
      ])
      const { response } = json as { response: Answered['response'] }
      return { response, images, milliseconds }
    },
    async stop() {
      child.kill('SIGTERM')
      await exited
      process.off('exit', killed)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** The API server gives each review an id of its own, also where it repeats one. */
function withUid(review: string, uid: string): string {
  const { request, ...rest } = JSON.parse(review) as { request: object }
  return JSON.stringify({ ...rest, request: { ...request, uid } })
}
