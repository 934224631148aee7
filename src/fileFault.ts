const clauses: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is no directory',
  EACCES: 'permission denied; let the user that this runs as read it',
  ENOSPC: 'no space is left on the disk',
  EISDIR: 'it is a directory; name a file in it',
}

/** Why a file that somebody named cannot be read, in a sentence with its path. @param error what reading it was rejected with */
export function cannotRead(path: string, error: unknown): string {
  return `cannot read ${path}: ${error instanceof Error ? fileFault(error) : String(error)}`
}

/** The same as a clause without the path, with what to do where that is not plain. */
export function fileFault(error: Error): string {
  const code = 'code' in error ? String(error.code) : ''
  return clauses[code] ?? error.message
}
