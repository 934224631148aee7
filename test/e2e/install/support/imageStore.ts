import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../../support/command.ts'
import type { Account } from './accounts.ts'

/** Makes images that run, and puts them into registries. */
export interface ImageStore {
  /**
   * Pushes an image of its own to `DOMAIN/REPOSITORY:TAG`. All have busybox in them, and a file that no other image has:
   * a node that has one does not have the others.
   * @returns its digest
   */
  push(destination: string, account?: Account): Promise<string>
  /** Pushes the image of a docker-archive as it is. */
  copy(archive: string, destination: string, account?: Account): Promise<void>
  close(): Promise<void>
}

/** @param busybox a docker-archive */
export async function createImageStore(busybox: string): Promise<ImageStore> {
  const directory = await mkdtemp(join(tmpdir(), 'images-'))
  const layout = join(directory, 'layout')
  await run('skopeo', ['copy', '--quiet', `docker-archive:${busybox}`, `oci:${layout}:busybox`])
  let count = 0
  // The index of a layout is a single file.
  let making = Promise.resolve()

  async function make(destination: string): Promise<string> {
    const tag = `image-${++count}`
    const file = join(directory, tag)
    await writeFile(file, `${destination}\n`)
    await run('umoci', ['insert', '--rootless', '--image', `${layout}:busybox`, '--tag', tag, file, '/pushed-to'])
    return `oci:${layout}:${tag}`
  }

  return {
    async push(destination, account) {
      const made = making.then(() => make(destination))
      making = made.then(() => undefined)
      const digestFile = join(directory, `${destination.replaceAll(/\W/g, '-')}.digest`)
      await copy(await made, destination, account, `--digestfile=${digestFile}`)
      return (await readFile(digestFile, 'utf8')).trim()
    },
    copy: (archive, destination, account) => copy(`docker-archive:${archive}`, destination, account),
    close: () => rm(directory, { recursive: true, force: true }),
  }
}

async function copy(
  source: string,
  destination: string,
  account: Account | undefined,
  ...flags: readonly string[]
): Promise<void> {
  const credentials = account === undefined ? [] : ['--dest-creds', `${account.username}:${account.password}`]
  const command = ['copy', '--quiet', '--dest-tls-verify=false', ...flags, ...credentials]
  await run('skopeo', [...command, source, `docker://${destination}`])
}
