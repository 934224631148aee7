import { expect } from 'chai'
import manifest from '../package.json' with { type: 'json' }
import { lockedPackages } from './support/lockFile.ts'

const scripts: Readonly<Record<string, string>> = manifest.scripts

describe('package.json', () => {
  it('says of each package with an install script whether npm 12 may run it', () => {
    const withScript = lockedPackages().filter(({ hasInstallScript }) => hasInstallScript)
    expect(Object.keys(manifest.allowScripts)).to.have.members(withScript.map(({ name }) => name))
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
