import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

/** Where the files of the project are shown. */
const home = 'https://github.com/image-proxy-webhook/image-proxy-webhook/blob/main/'
const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = globSync('**/*.md', { cwd: root, exclude: (name) => /^(?:node_modules|dist)$/.test(name) })

/** Without what is in code, which may look like anything. */
const prose = (page: string) =>
  readFileSync(join(root, page), 'utf8')
    .replace(/^```[^]*?^```$/gm, '')
    .replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()<>!]/g, ''))

/** As GitHub makes the anchor of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')

const anchors = (page: string) => [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading))

/** What a page's link to a place within the project lacks; undefined where it leads there. */
function faultOf(page: string, link: string): string | undefined {
  const [path = '', anchor = ''] = decodeURI(link).split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(root, target))) return `${page}: ${link}: there is no ${target}`
  if (anchor === '' || !target.endsWith('.md') || anchors(target).includes(anchor)) return undefined
  return `${page}: ${link}: ${target} has no heading of that name`
}

describe('a link within the documentation', () => {
  for (const page of pages) {
    it(`leads to a file, and to a heading, that is there: ${page}`, () => {
      const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
      const relative = links.filter((link) => !/^[a-z]+:/.test(link))
      // What is shown elsewhere, such as the chart's README on Artifact Hub, links to the repository by its whole address.
      const absolute = links.filter((link) => link.startsWith(home)).map((link) => link.slice(home.length))
      const faults = [
        ...relative.map((link) => faultOf(page, link)),
        ...absolute.map((link) => faultOf('README.md', link)),
      ]
      expect(faults.filter((fault) => fault !== undefined)).to.deep.equal([])
    })
  }

  it('is looked for on the pages that there are', () => {
    expect(pages).to.include.members(['README.md', 'charts/image-proxy-webhook/README.md', 'docs/releasing.md'])
  })
})
