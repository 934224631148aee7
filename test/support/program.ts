import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { LogLine } from './app.ts'
import { eventually } from './eventually.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
}

/** The program in a process of its own. */
export interface Program {
  readonly pid: number
  readonly stdout: () => string
  readonly stderr: () => string
  /** The lines of its log so far. */
  log(): LogLine[]
  /** Resolves with the ports as soon as it listens; rejects where it ends before. */
  listening(): Promise<{ readonly port: number; readonly metricsPort: number }>
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Ended>
}

/** Starts it with nothing of this process's environment, which could reach its configuration. */
export function startProgram(...argv: string[]): Program {
  return startCommand(process.execPath, [main, ...argv])
}

/** For `unshare`: a mount namespace, which takes root, in a user namespace of its own where that is needed. */
const namespaces = process.getuid?.() === 0 ? ['--mount'] : ['--user', '--map-root-user', '--mount']

/** Whether this machine lets a process have files of its own in place of the system's. */
export function canReplaceFiles(): boolean {
  return spawnSync('unshare', [...namespaces, 'true']).status === 0
}

/** What a command line begins with whose program is to have another file for /etc/resolv.conf. It keeps its process id. */
export function resolvingBy(resolvConf: string): readonly string[] {
  const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
  return ['unshare', ...namespaces, 'sh', '-c', script, resolvConf]
}

/** Starts a command that is, or becomes, the program. */
export function startCommand(
  command: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  const child = spawn(command, argv, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const killed = () => child.kill('SIGKILL')
  process.once('exit', killed)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  let over = false
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code, signal) => {
      over = true
      process.off('exit', killed)
      resolve({ code, signal })
    }),
  )
  const log = () =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LogLine)

  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    log,
    async listening() {
      let ports: LogLine | undefined
      await eventually(() => {
        ports = log().find(({ msg }) => msg === 'listening')
        if (ports === undefined && !over) throw new Error(`it does not listen: ${stdout}${stderr}`)
      })
      if (ports?.port === undefined || ports.metricsPort === undefined) throw new Error(`it ended: ${stderr}`)
      return { port: ports.port, metricsPort: ports.metricsPort }
    },
    kill: (signal) => {
      child.kill(signal)
    },
    ended,
  }
}
