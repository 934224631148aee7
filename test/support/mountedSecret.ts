import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * A directory as the kubelet mounts a Secret: `NAME` → `..data/NAME`, `..data` → a directory that is new with every
 * content and comes in by one rename (Kubernetes, `pkg/volume/util/atomic_writer.go`).
 */
export interface MountedSecret {
  path(name: string): string
  /** Replaces every file at once. */
  update(files: Readonly<Record<string, string>>): Promise<void>
}

export async function mountSecret(directory: string, files: Readonly<Record<string, string>>): Promise<MountedSecret> {
  let version = 0

  async function update(files: Readonly<Record<string, string>>): Promise<void> {
    const previous = join(directory, `..version-${version}`)
    version++
    const name = `..version-${version}`
    await mkdir(join(directory, name))
    for (const [file, text] of Object.entries(files)) await writeFile(join(directory, name, file), text)
    await symlink(name, join(directory, '..data_tmp'))
    await rename(join(directory, '..data_tmp'), join(directory, '..data'))
    await rm(previous, { recursive: true, force: true })
  }

  await mkdir(directory)
  await update(files)
  for (const file of Object.keys(files)) await symlink(join('..data', file), join(directory, file))
  return { path: (name) => join(directory, name), update }
}
