import { assemble, type Assembly } from '../assembly.ts'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import type { RegistryObserver } from '../registry/verdicts.ts'
import type { Ruling } from '../admission/admission.ts'
import { isFault, UsageError, type CliContext } from './context.ts'

/**
 * The configuration of a file, if one is named, and of the environment.
 * @throws ConfigError; UsageError where the file cannot be read
 */
export async function readConfiguration(file: string | undefined, context: CliContext): Promise<Config> {
  const { environment: env, terminal } = context
  const source = file === undefined ? {} : { file, text: await readText(file, context) }
  return loadConfig({ ...source, env, terminal })
}

/** @throws UsageError */
export async function readText(file: string, { readFile }: Pick<CliContext, 'readFile'>): Promise<string> {
  try {
    return await readFile(file)
  } catch (error) {
    if (isFault(error)) throw new UsageError(`cannot read ${file}: ${reasonOf(error)}`)
    throw error
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory; name the files in it',
}

function reasonOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : ''
  return reasons[code] ?? error.message
}

/**
 * Calls `use` with what decides upon images, and closes it afterwards.
 * @throws ConfigError; UsageError where the configuration does not suffice to decide anything
 */
export async function withAssembly<T>(
  config: Config,
  context: CliContext,
  observer: RegistryObserver,
  use: (assembly: Assembly, ruling: Ruling) => Promise<T>,
): Promise<T> {
  const assembly = await assemble(config, { environment: context.environment, observer })
  try {
    const fault = assembly.licenseFault()
    const ruling = assembly.ruling()
    if (fault !== undefined || ruling === undefined) throw new UsageError(fault ?? 'nothing tells the appSlug: set it')
    if (!config.proxy.verify) note(context, 'proxy.verify is off: the proxy is not asked')
    else if (assembly.license() === undefined) note(context, 'no license is configured: the proxy is not asked')
    if (config.policy.mode === 'audit') note(context, 'policy.mode is audit: the webhook decides, and changes nothing')
    return await use(assembly, ruling)
  } finally {
    await assembly.close()
  }
}

/** Tells a person something that is no error. */
export function note({ stderr }: Pick<CliContext, 'stderr'>, sentence: string): void {
  stderr.write(`note: ${sentence}\n`)
}
