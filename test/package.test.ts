import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import manifest from '../package.json' with { type: 'json' }

interface Lock {
  readonly packages: Readonly<Record<string, { readonly hasInstallScript?: true; readonly resolved?: string }>>
}

const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8')) as Lock
const scripts: Readonly<Record<string, string>> = manifest.scripts

describe('package.json', () => {
  it('says of each package with an install script whether npm 12 may run it', () => {
    const withScript = Object.entries(lock.packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path.replace(/^.*node_modules\//, ''))
    expect(Object.keys(manifest.allowScripts)).to.have.members(withScript)
  })

  it('allows the install script of node alone, which brings the Node.js that the project runs on', () => {
    const allowed = Object.entries(manifest.allowScripts).flatMap(([name, allows]) => (allows ? [name] : []))
    expect(allowed).to.deep.equal(['node'])
  })

  for (const command of ['demo', 'test', 'start', 'build']) {
    // A script of its own (predemo) would be skipped by ignore-scripts, which is what leaves an old Node.js in use.
    it(`checks the version of Node.js first in npm run ${command}, also with ignore-scripts`, () => {
      expect(scripts[command]).to.match(/^node scripts\/check-node\.mjs && /)
    })
  }
})
