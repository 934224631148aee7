import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))

/** The webhook as its users run it. */
export interface WebhookProcess {
  readonly port: number
  /** Everything that it logged so far. */
  log(): string
  /** Sends SIGTERM. @returns the exit code, once it has ended; the same again where it ended before */
  terminate(): Promise<number | null>
}

/** Starts `serve` with a configuration file, and resolves when it listens: on a free port, or the one that is given. */
export async function startWebhookProcess(configFile: string, port = 0): Promise<WebhookProcess> {
  // Nothing of the surroundings may reach the configuration, all of whose keys have a variable: KUBECONFIG least of all.
  const env = { PATH: process.env['PATH'], SERVER_PORT: String(port) }
  const child = spawn(process.execPath, [main, 'serve', '--config', configFile], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)

  let output = ''
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const listening = Promise.withResolvers<number>()
  createInterface(child.stdout).on('line', (line) => {
    output += `${line}\n`
    const { msg, port } = JSON.parse(line) as { msg?: string; port?: number }
    if (msg === 'listening' && port !== undefined) listening.resolve(port)
  })
  const ended = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      process.off('exit', kill)
      listening.reject(new Error(`the webhook ended before it listened:\n${output}`))
      resolve(code)
    }),
  )

  return {
    port: await listening.promise,
    log: () => output,
    terminate: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}
