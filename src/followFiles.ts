import { readFile } from 'node:fs/promises'
import { cannotRead } from './fileFault.ts'

/** What the files hold, in the order of their paths, or why one of them cannot be read. */
export type FileContents = { readonly texts: readonly string[] } | { readonly fault: string }

export interface FollowedFiles {
  /** Reads once more, now; resolves when the listener has been told of a change. */
  refresh(): Promise<void>
  stop(): void
}

/**
 * Reads `paths` at once and then every `interval` milliseconds, and tells `listener` of the first contents and of each
 * change. Contents are compared, not file times: a mounted Secret changes by a swap of a symbolic link beside the file,
 * which notifications on the file itself miss.
 */
export async function followFiles(
  paths: readonly string[],
  listener: (contents: FileContents) => void,
  interval = 1000,
): Promise<FollowedFiles> {
  let last: string | undefined
  let reading: Promise<void> | undefined

  async function read(): Promise<void> {
    const contents = await readAll(paths)
    const signature = JSON.stringify(contents)
    if (signature === last) return
    last = signature
    listener(contents)
  }

  function refresh(): Promise<void> {
    reading ??= read().finally(() => (reading = undefined))
    return reading
  }

  await refresh()
  const timer = setInterval(() => void refresh(), interval).unref()
  return {
    refresh,
    stop: () => {
      clearInterval(timer)
    },
  }
}

async function readAll(paths: readonly string[]): Promise<FileContents> {
  const read = await Promise.allSettled(paths.map((path) => readFile(path, 'utf8')))
  const texts = read.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
  const faults = read.flatMap((result, index) =>
    result.status === 'rejected' ? cannotRead(paths[index] ?? '', result.reason) : [],
  )
  return faults.length === 0 ? { texts } : { fault: faults.join('; ') }
}
