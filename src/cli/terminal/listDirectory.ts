import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** The paths of the files in a directory, and with `recursive` of those below it; undefined for what is no directory. */
export async function listDirectory(path: string, recursive: boolean): Promise<string[] | undefined> {
  try {
    const entries = await readdir(path, { withFileTypes: true, recursive })
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
  } catch {
    // Whoever reads it as a file then says what is wrong with it.
    return undefined
  }
}
