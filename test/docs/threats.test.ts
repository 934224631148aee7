import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { root } from './documents.ts'

const page = readFileSync(join(root, 'docs/security.md'), 'utf8')
const section = page.split('## Who can do what\n')[1]?.split('\n## ')[0] ?? ''
const rows = section
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()))

describe('the threat model in docs/security.md', () => {
  it('says of each who can do what, what stops it, what shows it and what it amounts to', () => {
    expect(rows.length).to.be.greaterThan(5)
    expect(rows.filter((cells) => cells.length !== 7 || cells.slice(1, 6).includes(''))).to.deep.equal([])
  })

  for (const [, who = '', what = '', , tests = ''] of rows) {
    it(`names tests that exist for what ${who} can choose: ${what}`, () => {
      const named = [...tests.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path)
      expect(named).to.not.deep.equal([])
      expect(named.filter((path) => !existsSync(join(root, path)))).to.deep.equal([])
    })
  }
})
