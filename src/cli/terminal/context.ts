/** Everything that a command reads from or writes to, so that nothing of it touches the process itself. */
export interface CliContext {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdin: AsyncIterable<Buffer | string>
  readonly stdout: TextOutput
  readonly stderr: TextOutput
  /** Whether a person reads `stdout`. */
  readonly terminal: boolean
  /** @throws a system error (with a `code`) where the file cannot be read */
  readonly readFile: (path: string) => Promise<string>
  /**
   * The paths of a directory's files, those of the directories below it with `recursive`; undefined for what is no directory.
   * @throws a system error (with a `code` and a `path`) where a directory cannot be read
   */
  readonly listDirectory: (path: string, recursive: boolean) => Promise<readonly string[] | undefined>
}

export interface TextOutput {
  write(text: string): unknown
  /** Of a terminal. */
  readonly columns?: number
}

/** 0: all is well; 1: something asked for does not work; 2: the command or the configuration is wrong. */
export type ExitCode = 0 | 1 | 2

/** What the caller has to put right: a wrong argument, input or configuration. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** One line each. */
  readonly faults: readonly string[]

  constructor(...faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

/** Hands a text on. @throws UsageError where it was read from bytes that are no text: every other one of UTF-16 is 0 */
export function asText(file: string, text: string): string {
  if (text.includes('\0')) throw new UsageError(`${file}: not text in UTF-8 (PowerShell writes UTF-16 by default)`)
  return text
}

/** Whether an error is one of the world (a file, a port, a host) rather than a bug of this program. */
export function isFault(error: unknown): error is Error {
  return error instanceof Error && (error.constructor === Error || 'code' in error)
}
