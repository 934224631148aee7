import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect } from 'chai'
import { documents, root } from './documents.ts'
import { blocksOf, type Block } from './pages.ts'
import { runners } from './runners.ts'

const pages = documents.map((file) => relative(root, file))
const blocks = pages.flatMap((page) => blocksOf(page)).filter(({ language }) => language === 'sh')
const runnersOf = ({ page, section }: Block) =>
  runners.filter((runner) => runner.page === page && (runner.sections?.includes(section) ?? true))
const nameOf = ({ page, section, text }: Block) => `${page}, ${section}: ${text.split('\n')[0] ?? ''}`

describe('a block of shell commands in the documentation', () => {
  it('is run by a test that test/docs/runners.ts names, or has a comment <!-- not run: REASON --> before it', () => {
    const neither = blocks.filter((block) => block.notRun === undefined && runnersOf(block).length === 0)
    expect(neither.map(nameOf)).to.deep.equal([])
  })

  it('tells a reason of some words where it is not run', () => {
    const reasons = blocks.flatMap(({ notRun }) => notRun ?? [])
    expect(reasons).not.to.be.empty
    expect(reasons.filter((reason) => reason.split(' ').length < 3)).to.deep.equal([])
  })

  it('is there for each runner', () => {
    const idle = runners.filter((runner) => {
      return !blocks.some((block) => block.notRun === undefined && runnersOf(block).includes(runner))
    })
    expect(idle).to.deep.equal([])
  })

  it('is run by a test that is there', () => {
    expect(runners.filter(({ test }) => !existsSync(join(root, test)))).to.deep.equal([])
  })

  it('is found in lists and in boxes too', () => {
    expect(blocks.map(nameOf)).to.include.members([
      'docs/releasing.md, Releasing: npm run release:version -- 1.2.3',
      'docs/troubleshooting.md, Troubleshooting: kubectl get mutatingwebhookconfigurations --selector app.kubernetes.io/name=image-proxy-webhook --output name |',
    ])
  })
})
