import { ConfigError } from '../config/fault.ts'
import { isFault, UsageError, type CliContext, type ExitCode } from './terminal/context.ts'

/** The exit code of what `run` does; what it throws for the user to put right is told on `stderr`. Rejects for a bug alone. */
export async function exitCodeOf({ stderr }: Pick<CliContext, 'stderr'>, run: () => Promise<number>): Promise<number> {
  try {
    return await run()
  } catch (error) {
    const [faults, code] = outcomeOf(error)
    for (const fault of faults) stderr.write(`error: ${fault.replaceAll(/\s*\n\s*/g, ' ')}\n`)
    return code
  }
}

function outcomeOf(error: unknown): [faults: readonly string[], code: ExitCode] {
  if (error instanceof UsageError || error instanceof ConfigError) return [error.faults, 2]
  if (isFault(error)) return [[error.message], 1]
  throw error
}
