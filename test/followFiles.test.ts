import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { followFiles, type FileContents, type FollowedFiles } from '../src/followFiles.ts'

describe('files that are followed', () => {
  let folder: string
  let seen: FileContents[]
  let watch: FollowedFiles

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'watch-'))
    seen = []
  })
  afterEach(async () => {
    watch.stop()
    await rm(folder, { recursive: true })
  })

  async function start(...names: string[]): Promise<void> {
    // An interval that never comes: each reading of these tests is asked for.
    watch = await followFiles(
      names.map((name) => join(folder, name)),
      (contents) => seen.push(contents),
      2 ** 30,
    )
  }

  it('are told at once', async () => {
    await writeFile(join(folder, 'a'), 'one')
    await writeFile(join(folder, 'b'), 'two')
    await start('a', 'b')
    expect(seen).to.deep.equal([{ texts: ['one', 'two'] }])
  })

  it('are told again when one of them changes, and only then', async () => {
    await writeFile(join(folder, 'a'), 'one')
    await start('a')
    await watch.refresh()
    await writeFile(join(folder, 'a'), 'two')
    await watch.refresh()
    expect(seen).to.deep.equal([{ texts: ['one'] }, { texts: ['two'] }])
  })

  it('are followed through the swap of a mounted Secret’s symbolic link', async () => {
    for (const version of ['1', '2']) {
      await mkdir(join(folder, version))
      await writeFile(join(folder, version, 'tls.crt'), version)
    }
    await symlink('1', join(folder, '..data'))
    await symlink(join('..data', 'tls.crt'), join(folder, 'tls.crt'))
    await start('tls.crt')
    await symlink('2', join(folder, '..data_tmp'))
    await rename(join(folder, '..data_tmp'), join(folder, '..data'))
    await watch.refresh()
    expect(seen).to.deep.equal([{ texts: ['1'] }, { texts: ['2'] }])
  })

  it('that cannot be read are told with their path, once, and again when they are there', async () => {
    await start('a')
    await watch.refresh()
    await writeFile(join(folder, 'a'), 'one')
    await watch.refresh()
    expect(seen).to.have.lengthOf(2)
    expect(seen[0]).to.have.property('fault').that.includes(join(folder, 'a'))
    expect(seen[1]).to.deep.equal({ texts: ['one'] })
  })
})
