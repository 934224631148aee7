import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import manifest from '../../package.json' with { type: 'json' }

const root = new URL('../../', import.meta.url)
const read = (file: string) => readFileSync(new URL(file, root), 'utf8')
const folder = '.github/workflows'
const workflows = readdirSync(fileURLToPath(new URL(folder, root))).map(
  (name) => [name, read(`${folder}/${name}`)] as const,
)

/** What the first group of `pattern` holds, wherever it matches. */
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, group = '']) => group)

describe('a workflow', () => {
  for (const [name, text] of [...workflows, ['.ci/run', read('.ci/run')] as const]) {
    it(`runs scripts that package.json has: ${name}`, () => {
      expect(Object.keys(manifest.scripts)).to.include.members(all(text, /npm run ([\w:-]+)/g))
    })

    it(`runs files that are there: ${name}`, () => {
      const files = all(text, /(?:^|\s)((?:scripts|test|charts)\/[\w./-]+\.(?:ts|mjs|json))/g)
      expect(files.filter((file) => !existsSync(new URL(file, root)))).to.deep.equal([])
    })
  }

  it('gives every permission by name, and to one job alone where it may write', () => {
    for (const [name, text] of workflows) {
      expect(text, name).to.match(/^permissions:\n {2}contents: read\n$/m)
      expect(text, name).not.to.include('write-all')
    }
  })

  it('builds the image with arguments that the Dockerfile has', () => {
    const given = all(read(`${folder}/release.yml`), /^ {12}([A-Z_]+)=\$\{\{/gm)
    expect(given).to.include.members(['BUILD_IMAGE', 'RUNTIME_IMAGE', 'VERSION'])
    expect(all(read('Dockerfile'), /^ARG (\w+)=/gm)).to.have.members(given)
  })
})
