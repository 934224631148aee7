import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'
import { run } from './command.ts'
import { startCommand, type Program } from './program.ts'

const root = join(import.meta.dirname, '../..')

/** The bundle, run as the image runs it. */
export interface Bundle {
  /** What Node.js is given to run it: the image's flags, then the file. */
  readonly argv: readonly string[]
  start(...argv: string[]): Program
  /** The same with what the command line is to begin with. */
  startBehind(prefix: readonly string[], ...argv: string[]): Program
  /** The packages that were bundled into a file of it. */
  packagesIn(file: string): readonly string[]
  close(): Promise<void>
}

/** Bundles the sources into a folder of its own. */
export async function createBundle(): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-bundle-'))
  const metafile = join(folder, 'metafile.json')
  await run(process.execPath, [join(root, 'scripts/build.ts'), '--out', folder, '--metafile', metafile])
  const { flags, env } = imageSettings()
  const bundled = [...flags, join(folder, 'main.js')]
  const startBehind: Bundle['startBehind'] = (prefix, ...argv) => {
    const [command = process.execPath, ...rest] = [...prefix, process.execPath, ...bundled, ...argv]
    return startCommand(command, rest, env)
  }
  return {
    argv: bundled,
    start: (...argv) => startBehind([], ...argv),
    startBehind,
    packagesIn: (file) => {
      const { outputs } = JSON.parse(readFileSync(metafile, 'utf8')) as Metafile
      const [, output] = Object.entries(outputs).find(([path]) => join(root, path) === file) ?? []
      const used = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      return used.flatMap(([input]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? [])
    },
    close: () => rm(folder, { recursive: true }),
  }
}

/** What the Dockerfile gives to Node.js: its flags, and the environment. */
export function imageSettings(): { flags: string[]; env: Record<string, string> } {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
  const entrypoint = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '[]') as string[]
  const variables = /^ENV (.*)$/m.exec(dockerfile)?.[1]?.split(' ') ?? []
  return {
    flags: entrypoint.filter((word) => word.startsWith('--')),
    env: Object.fromEntries(variables.map((variable) => variable.split('=', 2) as [string, string])),
  }
}

/** The most memory in bytes that the process has had in RAM so far. Linux only. */
export function peakMemory(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}
