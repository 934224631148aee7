import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get as httpGet } from 'node:http'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import jsonPatch from 'fast-json-patch'
import { stringify } from 'yaml'
import { startScene, type Scene } from '../../testbed/scene.ts'
import { startApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/load.ts'
import { imagesOf } from '../../src/pod/images.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { answered, type Answered } from './admission.ts'
import { send, type Answer } from '../../testbed/client.ts'

type Section = Readonly<Record<string, unknown>>

/** Keys of the configuration that differ from those of `AppScene.configuration`. */
export interface Settings {
  readonly appSlug?: string
  readonly license?: Section
  readonly pullSecret?: Section
  readonly proxy?: Section
  readonly policy?: Section
  readonly check?: Section
  readonly server?: Section
  readonly metrics?: Section
}

/** What the webhook said to a review. */
export interface Admitted extends Answered {
  /** Of the Pod as the API server would store it, in order. */
  readonly images: readonly string[]
  readonly pullSecrets: readonly string[]
  readonly milliseconds: number
}

/** One image of an admission's log line. */
export interface LoggedImage {
  readonly name: string
  readonly image: string
  readonly decision: string
  readonly reason: string
  readonly location?: string
  readonly anonymous?: string
  readonly anonymousReason?: string
  readonly proxy?: string
  readonly proxyReason?: string
  readonly rule?: string
  readonly cached: boolean
  readonly milliseconds: number
}

/** One line of the log. */
export interface LogLine {
  readonly level: string
  readonly time: number
  readonly msg: string
  readonly uid?: string
  readonly namespace?: string
  readonly pod?: string
  readonly generateName?: string
  readonly result?: string
  readonly milliseconds?: number
  readonly images?: readonly LoggedImage[]
  /** Of the line that tells where it listens. */
  readonly port?: number
  readonly metricsPort?: number
}

/** A webhook, wherever it runs, as its clients see it. */
export interface WebhookClient {
  /** Posts a review over one of several kept connections. */
  post(body: string, path?: string): Promise<Admitted>
  /** The same with the answer as it came. */
  send(body: string | Buffer, path?: string): Promise<Answer>
  close(): void
}

/** The whole webhook in this process. */
export interface TestApp extends Omit<WebhookClient, 'close'> {
  readonly port: number
  readonly metricsPort: number
  /** Every line of the log, as it was written. */
  readonly lines: readonly string[]
  /** The lines that `matches`, in order. */
  logged(matches: (line: LogLine) => boolean): LogLine[]
  /** The images in the log line of the latest admission. */
  lastImages(): readonly LoggedImage[]
  /** A GET of the plain port. */
  get(path: string): Promise<{ readonly status: number; readonly text: string }>
  /** A sample of `/metrics`, by its name with its labels as they are exposed; 0 where there is none. */
  metric(sample: string): Promise<number>
  stop(): Promise<void>
}

/** Registries and the licensed proxy over https, a directory for files, and any number of webhooks before them. */
export interface AppScene {
  readonly registries: Scene
  readonly ca: string
  /** A path in the scene's directory. */
  path(name: string): string
  /** Writes a file there. @returns its path */
  write(name: string, text: string): Promise<string>
  /** A complete configuration: `settings`, and what leads to the scene's registries. */
  configuration(settings?: Settings): Readonly<Record<string, Section | string>>
  start(settings?: Settings): Promise<TestApp>
  /** Stops everything that was started. */
  close(): Promise<void>
}

export async function startAppScene(): Promise<AppScene> {
  const registries = await startScene()
  const { authority, endpoints } = registries
  const ca = authority.certificate
  const directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-app-'))
  const path = (name: string) => join(directory, name)
  const running = new Set<TestApp>()

  async function write(name: string, text: string): Promise<string> {
    await writeFile(path(name), text, { mode: 0o600 })
    return path(name)
  }

  function configuration({ appSlug = 'my-app', ...settings }: Settings = {}) {
    const { check, server, ...others } = settings
    return {
      appSlug,
      check: { caFile: path('ca.pem'), ...check, endpoints: { ...endpoints, ...asSection(check?.['endpoints']) } },
      server: { port: 0, tls: { mode: 'files', certFile: path('tls.crt'), keyFile: path('tls.key') }, ...server },
      metrics: { port: 0 },
      pullSecret: { provision: false },
      ...others,
      log: { level: 'trace', format: 'json' },
    }
  }

  async function start(settings?: Settings): Promise<TestApp> {
    const lines: string[] = []
    const config = loadConfig({ text: stringify(configuration(settings)), env: {}, terminal: false })
    const log = await createLogger({ ...config.log, destination: { write: (line) => lines.push(line) } })
    const { port, metricsPort, stop } = await startApp(config, { log, environment: {}, version: '1.2.3' })
    const client = createWebhookClient(port, ca)
    const logged = (matches: (line: LogLine) => boolean) =>
      lines.map((line) => JSON.parse(line) as LogLine).filter(matches)
    const app: TestApp = {
      port,
      metricsPort,
      lines,
      logged,
      lastImages: () => logged(({ msg }) => msg === 'admission').at(-1)?.images ?? [],
      post: client.post,
      send: client.send,
      get: (path) => getPlain(metricsPort, path),
      metric: async (sample) => sampleOf((await getPlain(metricsPort, '/metrics')).text, sample),
      stop: async () => {
        running.delete(app)
        await stop()
        client.close()
      },
    }
    running.add(app)
    return app
  }

  const { cert, key } = await authority.issue({ names: ['localhost', '127.0.0.1'] })
  await Promise.all([write('ca.pem', ca), write('tls.crt', cert), write('tls.key', key)])
  return {
    registries,
    ca,
    path,
    write,
    configuration,
    start,
    close: async () => {
      await Promise.all([...running].map((app) => app.stop()))
      await registries.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

export function createWebhookClient(port: number, ca: string): WebhookClient {
  const agent = new Agent({ keepAlive: true, ca })
  const headers = { 'content-type': 'application/json' }
  const post = (body: string | Buffer, path = '/mutate?timeout=10s') => send(port, path, { agent, headers, body })
  return {
    send: post,
    post: async (body, path) => {
      const started = performance.now()
      const answer = await post(body, path)
      return admitted(body, answer, performance.now() - started)
    },
    close: () => {
      agent.destroy()
    },
  }
}

function admitted(body: string, answer: Answer, milliseconds: number): Admitted {
  const said = answered(answer)
  const { uid, object } = (JSON.parse(body) as { request: { uid: string; object: object } }).request
  if (said.status !== 200 || said.uid !== uid) throw new Error(`no answer to ${uid}: ${answer.status} ${answer.body}`)
  const pod = jsonPatch.applyPatch(object, said.patch, true, false).newDocument as {
    spec: { imagePullSecrets?: { name: string }[] }
  }
  return {
    ...said,
    images: imagesOf(pod).map(({ image }) => image),
    pullSecrets: pod.spec.imagePullSecrets?.map(({ name }) => name) ?? [],
    milliseconds,
  }
}

function getPlain(port: number, path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    httpGet({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('error', reject).on('end', () => {
        resolve({ status: response.statusCode ?? 0, text })
      })
    }).on('error', reject)
  })
}

function sampleOf(exposition: string, sample: string): number {
  const line = exposition.split('\n').find((line) => line.startsWith(`${sample} `))
  return Number(line?.slice(sample.length + 1) ?? 0)
}

function asSection(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}
