import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { fileFault } from '../src/fileFault.ts'

describe('The reason why a file cannot be read', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'file-fault-'))
    await writeFile(join(folder, 'a-file'), '')
  })
  after(() => rm(folder, { recursive: true }))

  const asRead = async (path: string) =>
    readFile(path).then(
      () => '',
      (error: unknown) => (error instanceof Error ? fileFault(error) : ''),
    )

  it('is put in words for a file that is not there', async () => {
    expect(await asRead(join(folder, 'nowhere'))).to.equal('there is no such file')
  })

  it('is put in words for a directory', async () => {
    expect(await asRead(folder)).to.equal('it is a directory; name a file in it')
  })

  it('is put in words for a path that leads through a file', async () => {
    expect(await asRead(join(folder, 'a-file/below'))).to.equal('a part of its path is no directory')
  })

  it('is put in words for a file that this user may not read', () => {
    const refused = Object.assign(new Error("EACCES: permission denied, open '/a'"), { code: 'EACCES' })
    expect(fileFault(refused)).to.equal('permission denied; let the user that this runs as read it')
  })

  it('is what Node.js says for everything else', () => {
    expect(fileFault(new Error('too many open files'))).to.equal('too many open files')
  })
})
