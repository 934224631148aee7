import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'

describe('a command of a long run', function () {
  this.timeout(30_000)

  /** What it prints at first, and with which code it ends. */
  function outcome(script: string, ...words: readonly string[]) {
    const file = join(import.meta.dirname, '..', script)
    const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...words], { encoding: 'utf8' })
    return { status, printed: (stdout + stderr).split('\n').slice(0, 3) }
  }

  it('tells its usage where it is asked for', () => {
    expect(outcome('soak/main.ts', '--help'))
      .to.deep.include({ status: 0 })
      .and.to.have.nested.property('printed[0]', 'npm run soak -- [--minutes N]')
  })
  it('says which option there is none of, before the usage', () => {
    expect(outcome('soak/main.ts', '--hours', '1')).to.deep.equal({
      status: 2,
      printed: ["Unknown option '--hours'", '', 'npm run soak -- [--minutes N]'],
    })
  })
  it('says what is no number where there must be one, before the usage', () => {
    expect(outcome('fuzz/main.ts', '--runs', 'all')).to.deep.equal({
      status: 2,
      printed: ['--runs all: expected a whole number above 0', '', 'npm run fuzz -- [--runs N] [--seed S] [NAME…]'],
    })
  })
})
