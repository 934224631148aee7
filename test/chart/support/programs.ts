import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The versions of Helm that the chart is for, each named after its program. */
export type Helm = 'helm3' | 'helm4'

/** What to do where a test that needs Helm finds none. */
export const helmMissing =
  'neither helm3 nor helm4 (nor helm) is on PATH, nor where the script that CLUSTER_SCRIPT names builds them'

const programs = findPrograms()

/** Those of them that this machine has, the newest last. */
export const helms: readonly Helm[] = (['helm3', 'helm4'] as const).filter((helm) => programs.has(helm))

/** The program of a version of Helm; throws where there is none. */
export function programOf(helm: Helm): string {
  const program = programs.get(helm)
  if (program === undefined) throw new Error(`${helm} is not here: ${helmMissing}`)
  return program
}

/** The newest of them; throws where there is none. */
export function newestHelm(): Helm {
  const newest = helms.at(-1)
  if (newest === undefined) throw new Error(helmMissing)
  return newest
}

/**
 * A suite that renders the chart. Where there is no Helm, one test in its place says so, because `npm test` must pass on a
 * machine without it; `npm run test:chart` fails there instead.
 */
export function describeWithHelm(title: string, suite: (this: Mocha.Suite) => void): void {
  if (helms.length > 0) describe(title, suite)
  else describe(title, () => it(`is not tested here: ${helmMissing}`, () => undefined))
}

function findPrograms(): ReadonlyMap<Helm, string> {
  const found = new Map<Helm, string>()
  const path = [process.env['PATH'] ?? '', pathOfScript()].join(delimiter).split(delimiter)
  for (const helm of ['helm3', 'helm4'] as const) {
    const program = findProgram(helm, path)
    if (program !== undefined) found.set(helm, program)
  }
  const plain = found.size === 0 ? findProgram('helm', path) : undefined
  const version = plain === undefined ? undefined : versionOf(plain)
  if (plain !== undefined && version !== undefined) found.set(version, plain)
  return found
}

export function findProgram(name: string, directories: readonly string[]): string | undefined {
  return directories.map((directory) => join(directory, name)).find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function versionOf(program: string): Helm | undefined {
  const { stdout } = spawnSync(program, ['version', '--short'], { encoding: 'utf8' })
  if (stdout.startsWith('v3.')) return 'helm3'
  return stdout.startsWith('v4.') ? 'helm4' : undefined
}

/** The script prints `export` lines, whose quoting a shell knows best; it builds nothing for them. */
function pathOfScript(): string {
  const script =
    process.env['CLUSTER_SCRIPT'] ?? fileURLToPath(new URL('../../../../shared/cluster/cluster', import.meta.url))
  if (!existsSync(script)) return ''
  return spawnSync('bash', ['-c', 'eval "$("$0" env)" && printf %s "$PATH"', script], { encoding: 'utf8' }).stdout
}
