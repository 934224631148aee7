import { ConfigError, loadConfig } from '../../src/config/load.ts'

/** The faults of a configuration, none if it can be used. */
export function faultsOf(text: string, env: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    loadConfig({ text, file: 'config.yaml', env, terminal: false })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}
