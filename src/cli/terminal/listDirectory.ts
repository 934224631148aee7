import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The paths of the files in a directory, and with `recursive` of those below it; undefined for what is no directory.
 * @throws a system error, with a `code` and the `path` of the directory that cannot be read
 */
export async function listDirectory(path: string, recursive: boolean): Promise<string[] | undefined> {
  try {
    const entries = await readdir(path, { withFileTypes: true, recursive })
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
  } catch (error) {
    // Whoever reads it as a file then says what is wrong with it.
    if (error instanceof Error && 'code' in error && ['ENOTDIR', 'ENOENT'].includes(String(error.code)))
      return undefined
    throw error
  }
}
