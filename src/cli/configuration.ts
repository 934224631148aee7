import { assemble, type Assembly } from '../assembly.ts'
import type { Config } from '../config/config.ts'
import { unknownVariables } from '../config/environment.ts'
import { ConfigError, loadConfig } from '../config/load.ts'
import { cannotRead } from '../fileFault.ts'
import type { RegistryObserver } from '../registry/verdicts.ts'
import type { Ruling } from '../admission/admission.ts'
import { clusterLicense } from './clusterLicense.ts'
import { asText, isFault, UsageError, type CliContext } from './terminal/context.ts'

/** What the command line tells of the configuration. */
export interface ConfigurationOptions {
  readonly config?: string
  readonly appSlug?: string
  readonly licenseFile?: string
  readonly proxyDomain?: string
}

/** The variable of each option, in whose place it stands: an option is nearest to whoever types it, and wins. */
const variables = {
  appSlug: { flag: '--app-slug', variable: 'APP_SLUG' },
  licenseFile: { flag: '--license-file', variable: 'LICENSE_FILE' },
  proxyDomain: { flag: '--proxy-domain', variable: 'PROXY_DOMAIN' },
} as const

/**
 * The configuration of a file, if one is named, of the environment, and of the command line, which wins.
 * @throws ConfigError; UsageError where the file cannot be read
 */
export async function readConfiguration(options: ConfigurationOptions, context: CliContext): Promise<Config> {
  const { config: file } = options
  const { environment, terminal } = context
  const given = (Object.keys(variables) as (keyof typeof variables)[]).filter((key) => options[key] !== undefined)
  const env = { ...environment, ...Object.fromEntries(given.map((key) => [variables[key].variable, options[key]])) }
  const source = file === undefined ? {} : { file, text: await readText(file, context) }
  try {
    return loadConfig({ ...source, env, terminal })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const named = (fault: string): string =>
      given.reduce(
        (text, key) => text.replace(`environment variable ${variables[key].variable}`, variables[key].flag),
        fault,
      )
    throw new ConfigError(error.faults.map(named))
  }
}

/** Tells of variables that look like those of the configuration and have no effect: `serve` has a log to tell them in. */
export function noteUnknownVariables(context: Pick<CliContext, 'environment' | 'stderr'>): void {
  for (const sentence of unknownVariables(context.environment)) note(context, sentence)
}

/** @throws UsageError */
export async function readText(file: string, { readFile }: Pick<CliContext, 'readFile'>): Promise<string> {
  try {
    return asText(file, await readFile(file))
  } catch (error) {
    if (isFault(error)) throw new UsageError(cannotRead(file, error))
    throw error
  }
}

/** Stands for the application's slug where nothing tells it. */
const standInSlug = 'your-app'

const missingSlug =
  "nothing tells the application's slug: give --app-slug, the key appSlug or the variable APP_SLUG, or a license file that names it with --license-file, license.file or LICENSE_FILE"

export interface AssemblyOptions {
  /** Goes on where nothing tells the application's slug: what can be told without it is told. */
  readonly withoutSlug?: boolean
  readonly observer?: RegistryObserver
}

/**
 * Calls `use` with what decides upon images, and closes it afterwards.
 * @throws ConfigError; UsageError where the configuration does not suffice to decide anything
 */
export async function withAssembly<T>(
  config: Config,
  context: CliContext,
  { observer = {}, withoutSlug = false }: AssemblyOptions,
  use: (assembly: Assembly, ruling: Ruling) => Promise<T>,
): Promise<T> {
  const licenseSource = clusterLicense(config, context)
  const assembly = await assemble(config, {
    environment: context.environment,
    observer,
    ...(licenseSource && { licenseSource }),
  })
  try {
    const ruling = assembly.ruling()
    const licensed = Object.keys(config.license).length > 0
    const fault = assembly.licenseFault()
    if (fault !== undefined && licensed && assembly.license() === undefined) {
      throw new UsageError(`the license cannot be used: ${fault}`)
    }
    if (ruling === undefined) {
      if (!withoutSlug) throw new UsageError(missingSlug)
      note(context, `${missingSlug}. ${standInSlug} stands for it here, and the proxy is not asked`)
      const proxy = { ...config.proxy, verify: false }
      return await withAssembly({ ...config, appSlug: standInSlug, proxy }, context, { observer }, use)
    }
    if (!config.proxy.verify) {
      if (config.appSlug !== standInSlug) note(context, 'proxy.verify is off: the proxy is not asked')
    } else if (assembly.license() === undefined) {
      note(
        context,
        'no license is configured, so the proxy is not asked: give --license-file, license.file or LICENSE_FILE',
      )
    }
    const warning = assembly.licenseWarning()
    if (warning !== undefined) note(context, warning)
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
