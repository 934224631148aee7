import { readFile } from 'node:fs/promises'
import type { CheckConfig, Config } from './config/config.ts'
import { pullSecretName } from './config/contradictions.ts'
import { ConfigError, unexpected } from './config/fault.ts'
import { isObjectName } from './config/values.ts'
import { createDecider } from './decision/decide.ts'
import { fileFault } from './fileFault.ts'
import type { Ruling } from './admission/admission.ts'
import { followLicenseFiles } from './license/files.ts'
import type { LicenseSource, LicenseState } from './license/source.ts'
import { licenseHosts } from './license/hosts.ts'
import { keepLastGood } from './license/lastGood.ts'
import type { License } from './license/content.ts'
import { createLocator } from './reference/location.ts'
import { templateDomain } from './reference/template.ts'
import { createVerdicts, type RegistryVerdicts, type RegistryObserver } from './registry/verdicts.ts'
import { proxyFromEnvironment } from './network/proxyEnvironment.ts'
import { createTransport, type Transport } from './network/transport.ts'

/** What `serve`, `check` and `explain` share: the license, the registries, and what is decided by them. */
export interface Assembly {
  readonly registryVerdicts: Omit<RegistryVerdicts, 'close'>
  /** Undefined while nothing tells the application's slug. */
  ruling(): Ruling | undefined
  /** The application that images are behind the proxy for. */
  appSlug(): string | undefined
  /** The last license that could be used. */
  license(): License | undefined
  /** Why nothing can be decided: no usable license was read yet, or nothing tells the slug. */
  licenseFault(): string | undefined
  /** What is wrong with the source of the license while the last good one stays in use, or why that one may be of no use. */
  licenseWarning(): string | undefined
  close(): Promise<void>
}

export interface AssemblyOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly observer?: RegistryObserver
  /** Is told why the proxy of the environment cannot be used. By default it is a `ConfigError`. */
  readonly onProxyFault?: (fault: string) => void
  /**
   * Is told of each change: `fault` is what is wrong with the source, `license` the last one that could be used, `warning` why
   * that one may be of no use.
   */
  readonly onLicense?: (state: LicenseState, ruling: Ruling | undefined, warning: string | undefined) => void
  /** Where the license comes from; by default the files or the id that the configuration names. */
  readonly licenseSource?: LicenseSource
}

/** @throws ConfigError where a file that the configuration names, or the proxy of the environment, cannot be used */
export async function assemble(
  config: Config,
  {
    environment,
    observer,
    onProxyFault = (fault) => {
      throw new ConfigError([fault])
    },
    onLicense,
    licenseSource = (hosts, listener) => followLicenseFiles(config.license, hosts, listener),
  }: AssemblyOptions,
): Promise<Assembly> {
  const { check, proxy } = config
  const transport = await openTransport(check, environment, onProxyFault)
  const hosts = licenseHosts(proxy)
  let state: LicenseState = { fault: 'the license was not read yet' }
  let ruling: Ruling | undefined
  const listener = keepLastGood((next) => {
    state = next
    ruling = rule(config, next.license)
    onLicense?.(next, ruling, next.license && licenseWarning(config, next.license))
  })
  const licenseWatch = await licenseSource(hosts, (next) => {
    listener(withSlug(config, next))
  })
  const registryVerdicts = createVerdicts({
    check,
    operatorDomains: hosts.all,
    transport,
    ...(proxy.verify ? { credentials: credentialsOf } : {}),
    ...(observer === undefined ? {} : { observer }),
  })

  function credentialsOf() {
    const { license } = state
    return license && { byDomain: license.credentials, fingerprint: license.fingerprint }
  }

  return {
    registryVerdicts,
    ruling: () => ruling,
    appSlug: () => slugOf(config, state.license),
    license: () => state.license,
    licenseFault: () => (state.license === undefined ? state.fault : undefined),
    licenseWarning: () => state.license && (state.fault ?? licenseWarning(config, state.license)),
    close: async () => {
      licenseWatch.stop()
      await registryVerdicts.close()
      await transport.close()
    },
  }
}

async function openTransport(
  { timeout, allowedNetworks, caFile }: CheckConfig,
  environment: AssemblyOptions['environment'],
  onProxyFault: (fault: string) => void,
): Promise<Transport> {
  const { proxyFor, fault } = proxyFromEnvironment(environment)
  if (fault !== undefined) onProxyFault(`HTTPS_PROXY cannot be used: ${fault}`)
  const options = { timeout, allowedNetworks, proxyFor }
  if (caFile === undefined) return createTransport(options)
  return orConfigError(unexpected(['check', 'caFile'], 'a file with certificates in PEM', caFile), async () =>
    createTransport({ ...options, ca: await readFile(caFile, 'utf8') }),
  )
}

/** What `use` returns. @throws ConfigError that says `fault`, and why, where it throws */
async function orConfigError<T>(fault: string, use: () => T | Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (error) {
    throw error instanceof Error ? new ConfigError([`${fault}: ${fileFault(error)}`]) : error
  }
}

/** A license that leaves the application's slug, or the pull secret's name, untold is as good as none. */
function withSlug({ appSlug, pullSecret }: Config, state: LicenseState): LicenseState {
  if (state.fault !== undefined || appSlug !== '') return state
  const told = state.license?.appSlug
  if (told === undefined) return { fault: 'nothing tells the appSlug: set it, or give a license file that names it' }
  if (pullSecret.name !== undefined || isObjectName(pullSecretName(told))) return state
  const name = JSON.stringify(pullSecretName(told))
  return { fault: `pullSecret.name is missing; ${name}, made of the license's appSlug, cannot be the name of a Secret` }
}

function licenseWarning(config: Config, license: License): string | undefined {
  return otherApplication(config, license) ?? nothingForProxy(config, license)
}

/** What is asked, and pulled, without credentials is refused. */
function nothingForProxy({ proxy }: Config, { credentials }: License): string | undefined {
  const domain = templateDomain(proxy.template, proxy.domain)
  if (credentials.has(domain)) return undefined
  const others = [...credentials.keys()].join(', ')
  return `the license has no credentials for ${domain}, where private images are pulled from: add an entry for ${domain} to the "auths" of its dockerconfigjson, which has one for ${others}`
}

/** The proxy refuses every image in such a case, and cannot say why. */
function otherApplication({ appSlug }: Config, license: License): string | undefined {
  if (appSlug === '' || license.appSlug === undefined || license.appSlug === appSlug) return undefined
  return `appSlug is "${appSlug}", but the license is for the application "${license.appSlug}"`
}

function slugOf({ appSlug }: Config, license: License | undefined): string | undefined {
  return appSlug || license?.appSlug
}

function rule(config: Config, license: License | undefined): Ruling | undefined {
  const appSlug = slugOf(config, license)
  if (!appSlug) return undefined
  const { policy, proxy, pullSecret } = config
  const ruleTemplates = policy.rules.flatMap(({ template }) => template ?? [])
  const locator = createLocator({ appSlug, proxy, ruleTemplates })
  return { decider: createDecider(policy, locator), pullSecret: pullSecret.name ?? pullSecretName(appSlug) }
}
