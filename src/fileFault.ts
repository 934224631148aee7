const clauses: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is no directory',
  EACCES: 'permission denied; let the user that this runs as read it',
  EISDIR: 'it is a directory; name the files in it',
}

/** Why a file that somebody named cannot be read, as a clause without its path, and what to do where that is not plain. */
export function fileFault(error: Error): string {
  const code = 'code' in error ? String(error.code) : ''
  return clauses[code] ?? error.message
}
