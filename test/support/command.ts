import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

/** What a command printed. */
export interface Output {
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  /** Written to its standard input, which is empty otherwise. */
  readonly input?: string | Uint8Array
  readonly env?: NodeJS.ProcessEnv
}

/** Runs a command to its end. Rejects with its whole line and all it printed where it cannot be run, or ends with another code than 0. */
export async function run(
  command: string,
  args: readonly string[],
  { input = '', env }: CommandOptions = {},
): Promise<Output> {
  const child = spawn(command, args, { env })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  // A command that does not read its input closes the pipe early; its exit code tells whether that was a fault.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  if (code !== 0)
    throw new Error(`${[command, ...args].join(' ')} ended with ${code ?? 'a signal'}:\n${stdout}${stderr}`)
  return { stdout, stderr }
}
