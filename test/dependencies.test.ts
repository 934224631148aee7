import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import manifest from '../package.json' with { type: 'json' }
import { lockedPackages } from './support/lockFile.ts'

const page = readFileSync(join(import.meta.dirname, '../docs/dependencies.md'), 'utf8')
const packages = lockedPackages()
const bundled = packages.filter(({ dev }) => dev !== true)

interface Row {
  readonly name: string
  readonly licence: string
  readonly reason: string
}

/** The rows of the table below a heading. */
function rowsBelow(heading: string): Row[] {
  const section = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...section.matchAll(/^\| `(.+?)` *\| (.*?) *\| (.*?) *\|$/gm)].map(
    ([, name = '', licence = '', reason = '']) => {
      return { name, licence, reason }
    },
  )
}

describe('docs/dependencies.md', () => {
  const tables = [
    ['In the webhook', manifest.dependencies],
    ['To develop it', manifest.devDependencies],
  ] as const
  for (const [heading, dependencies] of tables) {
    const rows = rowsBelow(heading)

    it(`has a row for each package of package.json, and no other: ${heading}`, () => {
      expect(rows.map(({ name }) => name)).to.have.members(Object.keys(dependencies))
    })

    it(`tells the reason of each: ${heading}`, () => {
      expect(rows.filter(({ reason }) => !/^\w.{5,}\.$/.test(reason))).to.deep.equal([])
    })

    it(`tells the licence of each: ${heading}`, () => {
      const licences = rows.map(({ name, licence }) => [name, licence])
      const locked = rows.map(({ name }) => [
        name,
        packages.find(({ path }) => path === `node_modules/${name}`)?.license,
      ])
      expect(licences).to.deep.equal(locked)
    })
  }

  it('names every licence of what the bundle is made from, and no other', () => {
    const [, list = ''] = /under the licences\s+([^]*?)\.\s+The build/.exec(page) ?? []
    const named = list.split(/,\s*|\s+and\s+/)
    expect(named).to.have.members([...new Set(bundled.map(({ license }) => license ?? 'none'))])
  })
})

describe('a package that the bundle is made from', () => {
  it('runs nothing at installation', () => {
    expect(bundled.filter(({ hasInstallScript }) => hasInstallScript).map(({ path }) => path)).to.deep.equal([])
  })
})

describe('package-lock.json', () => {
  it('has the digest of every package', () => {
    expect(
      packages.filter(({ integrity = '' }) => !integrity.startsWith('sha512-')).map(({ path }) => path),
    ).to.deep.equal([])
  })

  it('names no registry that the packages must come from', () => {
    expect(packages.filter(({ resolved }) => resolved !== undefined).map(({ path }) => path)).to.deep.equal([])
  })
})
