import * as v from 'valibot'

import type { Config } from './config.ts'
import { contradictions } from './contradictions.ts'
import { parseYaml } from './document.ts'
import { readVariable, variables, type Environment } from './environment.ts'
import { ConfigError, unexpected } from './fault.ts'
import { knownKeys, knownValue } from './keys.ts'
import { configSchema, type ValidConfig } from './schema.ts'
import { formatPath, isMap, isWithin, type Path } from './shape.ts'

export { ConfigError } from './fault.ts'

export interface ConfigSource {
  /** YAML or JSON; absent where there is no file. */
  readonly text?: string
  /** The file's name, for messages. */
  readonly file?: string
  readonly env: Environment
  /** Whether a person reads the log: decides the default of `log.format`. */
  readonly terminal: boolean
}

/**
 * The configuration of a file and of the environment, which wins, completed by the defaults and deeply frozen.
 *
 * @throws {ConfigError} with every fault there is, and nothing else.
 */
export function loadConfig({ text = '', file = 'configuration', env, terminal }: ConfigSource): Config {
  const document = parseYaml(text)
  if ('faults' in document) throw new ConfigError(document.faults.map((fault) => `${file}:${fault}`))
  const { value: written, position } = document

  const set = variables.flatMap((variable) => {
    const value = readVariable(variable, env)
    return value === undefined ? [] : [{ ...variable, value }]
  })
  const faults: { readonly path: Path; readonly line: string }[] = []
  const isFaulty = (path: Path) => faults.some((fault) => isWithin(path, fault.path))

  function report(path: Path, fault: string): void {
    // Below a faulty map each key would be reported once more.
    if (isFaulty(path)) return
    const variable = set.find((variable) => isWithin(path, variable.path))
    const source = variable === undefined ? `${file}:${position(path)}` : `environment variable ${variable.name}`
    faults.push({ path, line: `${fault} (${source})` })
  }

  // What a variable sets is taken out of the file first: a fault of a value that has no effect is none.
  const rest = set.reduce((value, { path }) => without(value, path), written)
  const tree = knownKeys(configSchema, rest, report)
  for (const { path, schema, value } of set) put(tree, path, knownValue(schema, value, report, path))

  const { issues = [] } = v.safeParse(configSchema, tree)
  for (const issue of issues) {
    const path = pathOf(issue)
    const missing = issue.type === 'object' && issue.input === undefined
    report(path, missing ? `${formatPath(path)}: is missing` : unexpected(path, issue.message, issue.input))
  }

  // Faulty keys get their defaults, so that what contradicts the others is told as well.
  for (const { path } of variables) if (faults.some((fault) => isWithin(fault.path, path))) put(tree, path, undefined)
  const valid = v.parse(configSchema, tree)
  for (const { path, others, fault } of contradictions(valid)) if (!others.some(isFaulty)) report(path, fault)

  if (faults.length > 0) throw new ConfigError(faults.map(({ line }) => line))
  return deepFreeze(complete(valid, terminal))
}

/** Adds the defaults that depend on something else. */
function complete(config: ValidConfig, terminal: boolean): Config {
  const { tls } = config.server
  return {
    ...config,
    repair: { ...config.repair, enabled: config.repair.enabled ?? config.pullSecret.provision },
    server: { ...config.server, tls: { ...tls, mode: tls.mode ?? (tls.certFile === undefined ? 'self' : 'files') } },
    log: { ...config.log, format: config.log.format ?? (terminal ? 'pretty' : 'json') },
  }
}

/** Sets a key of a tree that has all its maps, or removes it. */
function put(tree: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = '', ...below] = path
  const next = tree[key]
  if (below.length > 0 && isMap(next)) put(next, below, value)
  else if (value !== undefined) tree[key] = value
  else Reflect.deleteProperty(tree, key)
}

/** A copy of a value that lacks one key, as far as it has its maps. */
function without(value: unknown, [key = '', ...below]: readonly string[]): unknown {
  if (!isMap(value) || !Object.hasOwn(value, key)) return value
  const { [key]: own, ...others } = value
  return below.length === 0 ? others : { ...value, [key]: without(own, below) }
}

function pathOf({ path = [] }: { readonly path?: readonly { readonly key: unknown }[] | undefined }): Path {
  return path.map(({ key }) => (typeof key === 'number' ? key : String(key)))
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze)
  return value
}
