import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { appSlug, licenseId, startScene, type Scene } from '../../testbed/scene.ts'
import { runCli, type CliOptions } from '../../src/cli/program.ts'

export interface Outcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface Surroundings {
  readonly environment?: Readonly<Record<string, string>>
  /** Path → text. */
  readonly files?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** Columns of the terminal; none where the output goes into a pipe. */
  readonly terminal?: number
  readonly serve?: CliOptions['serve']
  /** In place of one that knows `files`. */
  readonly listDirectory?: CliOptions['listDirectory']
}

/** Runs one command with nothing around it but what is given. */
export async function cli(argv: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
  const {
    environment = {},
    files = {},
    stdin = '',
    terminal,
    serve = () => Promise.resolve(0),
    listDirectory,
  } = surroundings
  let stdout = ''
  let stderr = ''
  const columns = terminal === undefined ? {} : { columns: terminal }
  const exitCode = await runCli({
    argv,
    environment,
    stdin: textStream(stdin),
    stdout: { write: (text) => (stdout += text), ...columns },
    stderr: { write: (text) => (stderr += text) },
    terminal: terminal !== undefined,
    readFile: (path) => {
      const text = files[path]
      return text === undefined ? Promise.reject(notFound(path)) : Promise.resolve(text)
    },
    listDirectory: (path, recursive) => {
      const within = Object.keys(files).filter((file) => file.startsWith(`${path}/`))
      const listed = within.filter((file) => recursive || !file.slice(path.length + 1).includes('/'))
      return Promise.resolve(within.length === 0 ? undefined : listed)
    },
    ...(listDirectory && { listDirectory }),
    version: '1.2.3',
    serve,
  })
  return { exitCode, stdout, stderr }
}

export interface CliScene {
  readonly scene: Scene
  /** The environment in which a command finds the scene's registries. */
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

export async function startCliScene(): Promise<CliScene> {
  const scene = await startScene()
  const directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-cli-'))
  const caFile = join(directory, 'ca.pem')
  await writeFile(caFile, scene.authority.certificate)
  return {
    scene,
    environment: {
      APP_SLUG: appSlug,
      LICENSE_ID: licenseId,
      CHECK_CA_FILE: caFile,
      CHECK_ENDPOINTS: JSON.stringify(scene.endpoints),
      CHECK_TIMEOUT: '1500ms',
    },
    close: async () => {
      await scene.close()
      await rm(directory, { recursive: true })
    },
  }
}

function notFound(path: string): Error {
  return Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: 'ENOENT' })
}

async function* textStream(text: string): AsyncGenerator<string> {
  await Promise.resolve()
  yield text
}
