import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readmeSection } from '../../../chart/support/readme.ts'
import { run } from '../../../support/command.ts'
import { sharedCluster } from '../../support/sharedCluster.ts'

/** What stands in the page's first lines for the names of whoever reads it. */
export interface Names {
  readonly NAMESPACE: string
  readonly WEBHOOK: string
  readonly APP: string
  readonly POD: string
  readonly IMAGE: string
}

/** What the commands of a section printed. */
export interface Printed {
  /** Of stdout and stderr. */
  readonly text: string
  readonly exitCode: number
  /** The lines of output that the page shows and that were not printed. */
  readonly missing: readonly string[]
}

/** A shell that has what the page asks for, and nothing else. */
export interface PageShell {
  /** Runs all commands of the page's section. */
  run(title: string, names: Names): Promise<Printed>
  close(): Promise<void>
}

const page = fileURLToPath(new URL('../../../../docs/troubleshooting.md', import.meta.url))
/** "All it takes is `kubectl` and a shell with the usual `grep`, `sort` and the like." */
const programs = ['kubectl', 'sh', 'grep', 'head', 'sort', 'tail', 'uniq', 'xargs']

export function pageSection(title: string) {
  return readmeSection(title, page)
}

/** Call it in a `describe`: its tests then have a shell that reaches the cluster. */
export function usePageShell(): () => PageShell {
  let shell: PageShell | undefined
  before(async () => {
    shell = await openPageShell((await sharedCluster()).env)
  })
  after(() => shell?.close())
  return () => {
    if (shell === undefined) throw new Error('there is no shell yet')
    return shell
  }
}

async function openPageShell(env: NodeJS.ProcessEnv): Promise<PageShell> {
  const directory = await mkdtemp(join(tmpdir(), 'page-shell-'))
  for (const program of programs) {
    const { stdout } = await run('sh', ['-c', `command -v ${program}`], { env })
    await symlink(stdout.trim(), join(directory, program))
  }
  // The first block is the box that switches everything off.
  const definitions = pageSection('Troubleshooting').commands[1] ?? ''

  return {
    async run(title, names) {
      const { commands, outputs } = pageSection(title)
      const assignments = Object.entries(names).map(([name, value]) => `${name}='${String(value)}'`)
      const script = [definitions, ...assignments, ...commands].join('\n')
      const { stdout } = await run('sh', ['-c', `(set -eu\n${script}\n) 2>&1\necho "exit code $?"`], {
        env: { ...env, PATH: directory },
      })
      const [, text = '', code = ''] = /^([^]*)exit code (\d+)\n$/.exec(stdout) ?? []
      const shown = outputs.flatMap((output) => output.trimEnd().split('\n'))
      const missing = shown.filter((line) => !patternOf(line, names).test(text))
      return { text, exitCode: Number(code), missing }
    },
    close: () => rm(directory, { recursive: true }),
  }
}

/** `…` stands for anything, `$NAME` for what the reader has put there, and columns are as wide as they are. */
function patternOf(line: string, names: Names): RegExp {
  const filled = line.trim().replaceAll(/\$([A-Z]+)/g, (_, name: keyof Names) => names[name])
  const parts = filled.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^\\s*${parts.join('.*').replaceAll(/\s+/g, String.raw`\s+`)}\\s*$`, 'm')
}
