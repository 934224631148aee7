import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'

const root = join(import.meta.dirname, '..')
const read = (name: string) => readFileSync(join(root, name), 'utf8')

/** What the image is built from, without what a stage takes from another. */
const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) =>
  sources.split(' '),
)

/** The files of the project that a script loads, at any depth, and the script. */
function loadedBy(file: string): string[] {
  const imports = [...read(file).matchAll(/ from '(\.[^']+)'/g)].map(([, path = '']) => join(file, '..', path))
  return [file, ...imports.flatMap(loadedBy)]
}

describe('the Dockerfile', () => {
  it('copies files that there are, and that .dockerignore lets through', () => {
    const [all, ...kept] = read('.dockerignore').trimEnd().split('\n')
    expect(all).to.equal('*')
    expect(kept).to.have.members(copied.map((file) => `!${file}`))
    expect(copied.filter((file) => !existsSync(join(root, file)))).to.deep.equal([])
  })

  it('copies whatever the build loads', () => {
    const loaded = ['scripts/check-node.mjs', 'scripts/build.ts'].flatMap(loadedBy)
    expect(loaded.filter((file) => !file.startsWith('src/') && !copied.includes(file))).to.deep.equal([])
  })
})
