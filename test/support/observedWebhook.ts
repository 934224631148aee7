import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { followLog } from '../../testbed/logLines.ts'
import { startServer } from '../../testbed/httpsServer.ts'
import { imageSettings, type Bundle } from './bundle.ts'
import type { LogLine } from './app.ts'
import type { Ended } from './program.ts'

/** What a process holds after a collection. */
export interface Held {
  /** Bytes, buffers outside the heap included. */
  readonly heap: number
  readonly sockets: number
}

/** The bundle, run as the image runs it, with Node's inspector. Its log is read but not kept: it may run for hours. */
export interface ObservedWebhook {
  readonly pid: number
  readonly port: number
  readonly metricsPort: number
  /** Errors of its log, and what Node.js says by itself. */
  readonly faults: readonly string[]
  held(): Promise<Held>
  /** Runs a script within it. @returns what it evaluates to */
  evaluate(script: string): Promise<unknown>
  /** The sum of a metric's samples whose line matches. */
  metric(matches: RegExp): Promise<number>
  stop(): Promise<Ended>
  /** Ends it at once, whatever it does. */
  kill(): Promise<Ended>
}

/** Milliseconds after which a process that was asked to end is killed: Kubernetes gives it 30 s. */
const longestStop = 20_000

export async function startObservedWebhook(
  bundle: Bundle,
  configFile: string,
  env: Readonly<Record<string, string>> = {},
  prefix: readonly string[] = [],
): Promise<ObservedWebhook> {
  const program = [process.execPath, '--inspect=127.0.0.1:0', ...bundle.argv, 'serve', '--config', configFile]
  const [command = process.execPath, ...argv] = [...prefix, ...program]
  const child = spawn(command, argv, {
    env: { PATH: process.env['PATH'], ...imageSettings().env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const killed = () => child.kill('SIGKILL')
  process.once('exit', killed)
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code, signal) => {
      process.off('exit', killed)
      resolve({ code, signal })
    }),
  )

  const faults: string[] = []
  const [listening, inspector] = [Promise.withResolvers<LogLine>(), Promise.withResolvers<string>()]
  followLog(child.stdout, {
    entry: (value) => {
      const line = value as LogLine
      if (line.msg === 'listening') listening.resolve(line)
      if (line.level === 'error' || line.level === 'fatal') faults.push(JSON.stringify(line))
    },
    other: (text) => faults.push(text),
  })
  followLog(child.stderr, {
    entry: (value) => faults.push(JSON.stringify(value)),
    other: (text) => {
      const url = /^Debugger listening on (ws:\S+)/.exec(text)?.[1]
      if (url !== undefined) inspector.resolve(url)
      else if (!/^For help|^Debugger (attached|ending)|^$/.test(text)) faults.push(text)
    },
  })
  const early = ended.then(() => {
    throw new Error(`it ended: ${faults.join('\n')}`)
  })
  const { port = 0, metricsPort = 0 } = await Promise.race([listening.promise, early])
  const { call, close } = await inspect(await inspector.promise)
  early.catch(() => undefined)

  async function evaluate(expression: string): Promise<unknown> {
    const { result } = (await call('Runtime.evaluate', { expression, returnByValue: true })) as {
      result: { value?: unknown }
    }
    return result.value
  }

  return {
    pid: child.pid ?? 0,
    port,
    metricsPort,
    faults,
    evaluate,
    async held() {
      await call('HeapProfiler.collectGarbage')
      const script = `({ ...process.memoryUsage(), resources: process.getActiveResourcesInfo() })`
      const { heapUsed, external, resources } = (await evaluate(script)) as NodeJS.MemoryUsage & { resources: string[] }
      return {
        heap: heapUsed + external,
        sockets: resources.filter((resource) => resource === 'TCPSocketWrap').length,
      }
    },
    async metric(matches) {
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
      const samples = text.split('\n').filter((line) => matches.test(line))
      return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
    },
    kill() {
      close()
      child.kill('SIGKILL')
      return ended
    },
    async stop() {
      close()
      child.kill('SIGTERM')
      const timer = setTimeout(killed, longestStop)
      return ended.finally(() => {
        clearTimeout(timer)
      })
    },
  }
}

/** Speaks the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/). */
async function inspect(url: string) {
  const socket = new WebSocket(url)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', reject)
  })
  const waiting = new Map<number, (result: unknown) => void>()
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id: number; result: unknown }
    waiting.get(id)?.(result)
    waiting.delete(id)
  })
  let last = 0
  return {
    call: (method: string, params: object = {}) =>
      new Promise((resolve) => {
        const id = ++last
        waiting.set(id, resolve)
        socket.send(JSON.stringify({ id, method, params }))
      }),
    close: () => {
      socket.close()
    },
  }
}

/** A proxy for `HTTPS_PROXY` that connects to nothing: no name that a Pod's author makes up leaves this machine. */
export async function startRefusingProxy(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const refusing = createServer().on('connect', (_request, socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'))
  const { port, close } = await startServer(refusing)
  return { url: `http://127.0.0.1:${port}`, close }
}
