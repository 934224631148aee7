import { readFileSync } from 'node:fs'

/** A package as package-lock.json has it. */
export interface LockedPackage {
  /** Where it is installed: `node_modules/yaml`. */
  readonly path: string
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly integrity?: string
  readonly resolved?: string
  readonly dev?: boolean
  /** Whether something of it runs at installation. */
  readonly hasInstallScript?: boolean
}

/** Every package of package-lock.json but the project itself. */
export function lockedPackages(): readonly LockedPackage[] {
  const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
    readonly packages: Readonly<Record<string, Omit<LockedPackage, 'path' | 'name'>>>
  }
  return Object.entries(lock.packages)
    .filter(([path]) => path !== '')
    .map(([path, locked]) => ({ ...locked, path, name: path.replace(/^.*node_modules\//, '') }))
}
