import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../../support/eventually.ts'
import { ensurePrograms } from '../../support/debianPackages.ts'

/** What is scraped, and the labels that a ServiceMonitor would put on it. */
export interface Target {
  readonly port: number
  readonly labels: Readonly<Record<string, string>>
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: number
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>
  /** Seconds since the epoch, and the value then. */
  readonly values: readonly (readonly [number, number])[]
}

/** A real Prometheus on 127.0.0.1. */
export interface Prometheus {
  /** The result of an instant query, now. Rejects where PromQL does not take it. */
  query(expression: string): Promise<readonly Sample[]>
  /** The values of its series within the last `seconds`, one a second. Rejects likewise. */
  range(expression: string, seconds: number): Promise<readonly Series[]>
  /** Ends the process and deletes what it stored. */
  stop(): Promise<void>
}

/** Makes `prometheus` and `promtool` available. */
export async function ensurePrometheus(): Promise<void> {
  await ensurePrograms({ prometheus: 'prometheus', promtool: 'prometheus' })
}

/** Starts one that scrapes all targets every `seconds`, and has scraped each of them. */
export async function startPrometheus(targets: readonly Target[], seconds = 1): Promise<Prometheus> {
  await ensurePrometheus()
  const directory = await mkdtemp(join(tmpdir(), 'prometheus-'))
  const port = await freePort()
  const scrapes = targets.map(({ port, labels }, index) => ({
    job_name: `target-${index}`,
    static_configs: [{ targets: [`127.0.0.1:${port}`], labels }],
  }))
  const config = { global: { scrape_interval: `${seconds}s`, scrape_timeout: `${seconds}s` }, scrape_configs: scrapes }
  // JSON is YAML.
  await writeFile(join(directory, 'prometheus.yml'), JSON.stringify(config))
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const killed = () => child.kill('SIGKILL')
  process.once('exit', killed)
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = once(child, 'close')

  async function ask<Data>(path: string, parameters: Readonly<Record<string, string>>): Promise<Data> {
    const url = `http://127.0.0.1:${port}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`
    const { status, error, data } = (await (await fetch(url)).json()) as Answer<Data>
    if (status !== 'success') throw new Error(`${parameters['query'] ?? path}: ${error ?? 'no answer'}`)
    return data
  }

  async function query(expression: string): Promise<Sample[]> {
    const { result } = await ask<Vector>('query', { query: expression })
    return result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }))
  }

  async function range(expression: string, seconds: number): Promise<Series[]> {
    const end = Date.now() / 1000
    const times = { start: String(end - seconds), end: String(end), step: '1s' }
    const { result } = await ask<Matrix>('query_range', { query: expression, ...times })
    return result.map(({ metric, values }) => ({
      metric,
      values: values.map(([time, value]) => [time, Number(value)] as const),
    }))
  }

  async function stop(): Promise<void> {
    process.off('exit', killed)
    child.kill('SIGTERM')
    await ended
    await rm(directory, { recursive: true, force: true })
  }

  try {
    await eventually(async () => {
      const [up] = await query('sum(up)')
      if (up?.value !== targets.length)
        throw new Error(`${up?.value ?? 0} of ${targets.length} targets are up: ${said}`)
    }, 10_000 * seconds)
  } catch (error) {
    await stop()
    throw error
  }
  return { query, range, stop }
}

interface Answer<Data> {
  readonly status: string
  readonly error?: string
  readonly data: Data
}

interface Vector {
  readonly result: readonly { readonly metric: Sample['metric']; readonly value: readonly [number, string] }[]
}

interface Matrix {
  readonly result: readonly {
    readonly metric: Sample['metric']
    readonly values: readonly (readonly [number, string])[]
  }[]
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
