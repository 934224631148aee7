import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { listDirectory } from '../../../src/cli/terminal/listDirectory.ts'

describe('the list of the files in a directory', () => {
  let directory: string
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'list-'))
    await mkdir(join(directory, 'below'))
    for (const name of ['a.yaml', 'below/b.yaml']) await writeFile(join(directory, name), '')
    await symlink('loop', join(directory, 'loop'))
  })
  after(() => rm(directory, { recursive: true }))

  const of = async (name: string, recursive: boolean) =>
    (await listDirectory(join(directory, name), recursive))?.map((path) => path.slice(directory.length + 1))

  it('has those of the directories below with `recursive` alone', async () => {
    expect(await of('.', false)).to.have.members(['a.yaml', 'loop'])
    expect(await of('.', true)).to.have.members(['a.yaml', 'below/b.yaml', 'loop'])
  })

  for (const name of ['a.yaml', 'missing', 'a.yaml/b']) {
    it(`is undefined where the path leads to no directory: ${name}`, async () => {
      expect(await of(name, true)).to.equal(undefined)
    })
  }

  it('is refused with the path that cannot be read', async () => {
    const error: unknown = await of('loop', true).catch((error: unknown) => error)
    expect(error).to.include({ code: 'ELOOP', path: join(directory, 'loop') })
  })
})
