import { text as readAll } from 'node:stream/consumers'
import { cannotRead } from '../fileFault.ts'
import { readText } from './configuration.ts'
import { isFault, UsageError, type CliContext } from './terminal/context.ts'

/** What `kubectl` reads of a directory, too. */
const manifestFile = /\.(?:ya?ml|json)$/

/** A text with manifests, and what to call it in messages. */
export interface InputFile {
  readonly file: string
  readonly text: string
}

/**
 * The texts of what `-f` names: files, `-` for the standard input, and of a directory its `*.yaml`, `*.yml` and `*.json`, with
 * `recursive` in the directories below it as well. A file that is named twice is read once.
 * @throws UsageError where one cannot be read, or a directory holds none
 */
export async function readInputFiles(
  paths: readonly string[],
  { recursive }: { readonly recursive: boolean },
  context: CliContext,
): Promise<InputFile[]> {
  const files = new Set<string>()
  for (const path of paths) for (const file of await filesOf(path, recursive, context)) files.add(file)
  const read = [...files].map(async (file) =>
    file === '-'
      ? { file: 'standard input', text: await readAll(context.stdin) }
      : { file, text: await readText(file, context) },
  )
  return Promise.all(read)
}

async function filesIn(
  path: string,
  recursive: boolean,
  { listDirectory }: CliContext,
): Promise<readonly string[] | undefined> {
  try {
    return await listDirectory(path, recursive)
  } catch (error) {
    if (!isFault(error)) throw error
    throw new UsageError(cannotRead('path' in error ? String(error.path) : path, error))
  }
}

async function filesOf(path: string, recursive: boolean, context: CliContext): Promise<readonly string[]> {
  const listed = path === '-' ? undefined : await filesIn(path, recursive, context)
  if (listed === undefined) return [path]
  const manifests = listed.filter((file) => manifestFile.test(file)).sort()
  if (manifests.length > 0) return manifests
  const deeper = recursive ? '' : '; -R reads the directories below it as well'
  throw new UsageError(`${path} holds no *.yaml, *.yml or *.json${deeper}`)
}
