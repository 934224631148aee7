import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'

const script = join(import.meta.dirname, '../../scripts/check-node.mjs')

describe('the check that Node.js is recent enough', () => {
  let directory: string

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'check-node-'))
    mkdirSync(join(directory, 'scripts'))
    copyFileSync(script, join(directory, 'scripts/check-node.mjs'))
  })
  after(() => {
    rmSync(directory, { recursive: true })
  })

  /** Runs the check in a project that wants this version. */
  function checkedFor(version: string) {
    writeFileSync(join(directory, 'package.json'), JSON.stringify({ engines: { node: version } }))
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/check-node.mjs'], {
      cwd: directory,
      encoding: 'utf8',
    })
    return { status, stdout, stderr }
  }

  it('says nothing where the version is the one that package.json asks for', () => {
    const major = process.versions.node.split('.')[0] ?? ''
    expect(checkedFor(`>=${major}`)).to.deep.equal({ status: 0, stdout: '', stderr: '' })
  })

  it('ends with 1 where the version is too old', () => {
    expect(checkedFor('>=999').status).to.equal(1)
  })

  it('says in one line what to do where the version is too old', () => {
    expect(checkedFor('>=999').stderr).to.match(
      /^Node\.js 999 or later is needed, and this is v[\d.]+: run `npm ci --ignore-scripts=false`, .* or put a newer one into PATH .*\.\n$/,
    )
  })
})
