import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { parse } from 'yaml'
import { changesOf, release, sectionOf } from '../../scripts/changelog.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const chart = 'charts/image-proxy-webhook'
const files = ['package.json', 'package-lock.json', 'CHANGELOG.md', `${chart}/Chart.yaml`, 'docs/install.md']

interface ChartFile {
  readonly version: string
  readonly appVersion: string
  readonly annotations: Readonly<Record<string, string>>
}

/** Every version that is written down, by where it stands. */
function versions(directory: string): Record<string, string | undefined> {
  const read = (file: string) => readFileSync(join(directory, file), 'utf8')
  const { version: packaged } = JSON.parse(read('package.json')) as { version: string }
  const lock = JSON.parse(read('package-lock.json')) as { version: string; packages: { '': { version: string } } }
  const { version, appVersion, annotations } = parse(read(`${chart}/Chart.yaml`)) as ChartFile
  return {
    'package.json': packaged,
    'package-lock.json': lock.version,
    'package-lock.json, packages': lock.packages[''].version,
    'Chart.yaml version': version,
    'Chart.yaml appVersion': appVersion,
    'Chart.yaml image': /image-proxy-webhook:(\S+)$/m.exec(annotations['artifacthub.io/images'] ?? '')?.[1],
    ...Object.fromEntries(
      // An address has a fourth part.
      [...read('docs/install.md').matchAll(/^(.*?)(?<![\d.])(\d+\.\d+\.\d+(?![.\d])[-\w.]*)/gm)].map(
        ([, before = '', version]) => [`install.md, ${before.trim()}`, version],
      ),
    ),
  }
}

describe('the versions', () => {
  it('are one, wherever they stand', () => {
    const found = versions(root)
    for (const [where, version] of Object.entries(found)) expect(version, where).to.equal(found['package.json'])
  })

  describe('raised by npm run release:version', () => {
    let copy = ''
    const raise = (...args: readonly string[]) =>
      spawnSync(process.execPath, [join(root, 'scripts/release-version.ts'), '--root', copy, ...args], {
        encoding: 'utf8',
      })

    before(() => {
      copy = mkdtempSync(join(tmpdir(), 'release-'))
      for (const file of files) cpSync(join(root, file), join(copy, dirname(file), file.split('/').pop() ?? ''))
    })
    after(() => {
      rmSync(copy, { recursive: true })
    })

    it('are the new one everywhere', () => {
      const { status, stderr } = raise('7.8.9-rc.1')
      expect([status, stderr]).to.deep.equal([0, ''])
      expect(new Set(Object.values(versions(copy)))).to.deep.equal(new Set(['7.8.9-rc.1']))
    })

    it('have a section in the changelog, whose changes Artifact Hub is told', () => {
      const section = sectionOf(readFileSync(join(copy, 'CHANGELOG.md'), 'utf8'), '7.8.9-rc.1') ?? ''
      const { annotations } = parse(readFileSync(join(copy, chart, 'Chart.yaml'), 'utf8')) as ChartFile
      expect(changesOf(section)).not.to.be.empty
      expect(parse(annotations['artifacthub.io/changes'] ?? '')).to.deep.equal(
        changesOf(section).map(({ kind, text }) => ({ kind, description: text })),
      )
    })

    it('are refused where they are none', () => {
      const { status, stderr } = raise('v1')
      expect([status, stderr]).to.deep.equal([
        2,
        'usage: npm run release:version -- VERSION, such as 1.2.3 or 1.2.3-rc.1\n',
      ])
    })
  })
})

describe('the changelog', () => {
  const text =
    '# Changelog\n\n## Unreleased\n\n### Fixed\n\n- One\n  line\n- Another\n\n## 1.0.0 (2026-01-01)\n\n### Added\n\n- All\n'
  const date = new Date('2026-02-03')

  it('makes a section of what is unreleased', () => {
    const { text: next, section } = release(text, '1.1.0', date)
    expect(next).to.include('## Unreleased\n\n## 1.1.0 (2026-02-03)\n\n### Fixed')
    expect(section).to.equal('### Fixed\n\n- One\n  line\n- Another')
  })

  it('leaves a version alone that has its section', () => {
    expect(release(text, '1.0.0', date)).to.deep.equal({ text, section: '### Added\n\n- All' })
  })

  it('refuses a release of nothing', () => {
    expect(() => release('## Unreleased\n\n## 1.0.0\n', '1.1.0', date)).to.throw('nothing stands under')
  })

  it('reads changes that go on over several lines', () => {
    expect(changesOf(sectionOf(text, 'Unreleased') ?? '')).to.deep.equal([
      { kind: 'fixed', text: 'One line' },
      { kind: 'fixed', text: 'Another' },
    ])
  })
})
