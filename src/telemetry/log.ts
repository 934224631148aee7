import { pino, type LoggerOptions } from 'pino'

import type { LogLevel } from '../config/config.ts'
import { boundLine } from './boundedLine.ts'
import { bufferedStdout } from './buffer.ts'
import { describeError, redact } from './redact.ts'

interface Write {
  (fields: object, message: string): void
  (message: string): void
}

/** As much of pino as the webhook uses. */
export interface Logger {
  readonly trace: Write
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
  /** A logger whose lines carry these fields as well. */
  child(fields: Record<string, unknown>): Logger
  /** Writes what is held back, before it returns: for the end of the process, a crash included. */
  flush(): void
}

export interface LogOptions {
  readonly level: LogLevel
  readonly format: 'json' | 'pretty'
  /** Instead of standard output; gets each line at once. */
  readonly destination?: { write(line: string): void }
}

/**
 * A logger of one line an event: JSON with `level` as a word and `time` in milliseconds since the epoch, or coloured
 * text for people, of 16 KiB at the most. Secrets are redacted by their names; an error is given as `err`.
 */
export async function createLogger({ level, format, destination }: LogOptions): Promise<Logger> {
  const options: LoggerOptions = {
    level,
    base: null,
    serializers: { err: (error: unknown) => describeError(error) },
    formatters: { level: (label) => ({ level: label }) },
    hooks: { streamWrite: (line) => boundLine(redact(line)) },
  }
  if (format === 'pretty') {
    // Loaded only here, because it costs as much time as all of pino.
    const { prettyWriter } = await import('./pretty.ts')
    return pino(options, prettyWriter(destination))
  }
  return pino(options, destination ?? bufferedStdout())
}
