import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { chromium, type Browser, type Page } from 'playwright-core'
import type { ExplainedPod } from '../../src/cli/admitted.ts'
import { htmlReport } from '../../src/cli/htmlReport.ts'
import type { Decision } from '../../src/decision/decision.ts'
import { ensurePrograms } from '../support/debianPackages.ts'

const verdict = <Access extends string>(access: Access, reason: 'readable' | 'unauthorized' | 'denied') => ({
  access,
  reason,
  checkedAt: 0,
  ttl: 1,
})
const rewritten = (index: number): Decision => ({
  image: `quay.io/my-org/service-${index}:v1.0.1`,
  action: 'rewrite',
  reason: 'private',
  location: `proxy.replicated.com/proxy/my-app/quay.io/my-org/service-${index}:v1.0.1`,
  anonymous: verdict('private', 'unauthorized'),
  proxy: verdict('served', 'readable'),
})
const isPublic = (index: number): Decision => ({
  image: `redis:7.${index}`,
  action: 'leave',
  reason: 'public',
  anonymous: verdict('public', 'readable'),
})
const refused = (index: number): Decision => ({
  image: `registry.customer.example/tool:${index}`,
  action: 'leave',
  reason: 'refused',
  warning: 'refused',
  anonymous: verdict('private', 'unauthorized'),
  proxy: verdict('refused', 'denied'),
})

function pods(count: number): ExplainedPod[] {
  const kinds = [rewritten, rewritten, isPublic, refused]
  return Array.from({ length: count }, (_, index) => pod(`team-${index % 5}`, (kinds[index % 4] ?? isPublic)(index)))
}

function pod(namespace: string, decision: Decision, container = 'api'): ExplainedPod {
  const images = [{ decision, milliseconds: 1, container }]
  return { workload: `${namespace}/Deployment/x`, namespace, path: [], pod: {}, patch: [], images }
}

const sizes = [
  { width: 360, height: 740 },
  { width: 1920, height: 1080 },
]

describe('The HTML report in a browser', function () {
  this.timeout(120_000)
  let browser: Browser
  let directory: string

  before(async () => {
    await ensurePrograms({ chromium: 'chromium' })
    directory = await mkdtemp(join(tmpdir(), 'image-proxy-webhook-report-'))
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
    })
  })
  after(async () => {
    await browser.close()
    await rm(directory, { recursive: true })
  })

  async function withPage<T>(
    html: string,
    options: Parameters<Browser['newContext']>[0],
    use: (page: Page, failures: string[]) => Promise<T>,
  ): Promise<T> {
    const context = await browser.newContext(options)
    try {
      const page = await context.newPage()
      const failures: string[] = []
      page.on('pageerror', (error) => failures.push(error.message))
      page.on('console', (message) => failures.push(message.text()))
      page.on('request', (request) => {
        if (!request.url().startsWith('file:')) failures.push(request.url())
      })
      const file = join(directory, 'report.html')
      await writeFile(file, html)
      await page.goto(pathToFileURL(file).href)
      return await use(page, failures)
    } finally {
      await context.close()
    }
  }
  const report = (explained: readonly ExplainedPod[]) =>
    htmlReport({ pods: explained, unread: [], commands: [], notes: [] })
  const shownRows = (page: Page) => page.locator('tbody tr:visible').count()

  it('asks for nothing from elsewhere and runs without an error', async () => {
    await withPage(report(pods(20)), {}, (_page, failures) => {
      expect(failures).to.deep.equal([])
      return Promise.resolve()
    })
  })

  it('shows every image where JavaScript is off', async () => {
    const shown = await withPage(report(pods(20)), { javaScriptEnabled: false }, shownRows)
    expect(shown).to.equal(20)
  })

  it('offers no filter that does nothing where JavaScript is off', async () => {
    const visible = await withPage(report(pods(4)), { javaScriptEnabled: false }, (page) =>
      page.locator('form').isVisible(),
    )
    expect(visible).to.equal(false)
  })

  const filters: readonly [what: string, selector: string, value: string, expected: number][] = [
    ['a namespace', '#n', 'team-1', 4],
    ['a registry', '#r', 'docker.io', 5],
    ['a decision', '#d', 'rewritten', 10],
  ]
  for (const [what, selector, value, expected] of filters) {
    it(`shows the images of ${what} alone when it is chosen`, async () => {
      const shown = await withPage(report(pods(20)), {}, async (page) => {
        await page.locator(selector).selectOption(value)
        return shownRows(page)
      })
      expect(shown).to.equal(expected)
    })
  }

  it('shows what matches the search alone', async () => {
    const shown = await withPage(report(pods(20)), {}, async (page) => {
      await page.locator('#q').fill('SERVICE-0')
      return shownRows(page)
    })
    expect(shown).to.equal(1)
  })

  for (const viewport of sizes) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`fits ${viewport.width} pixels, ${colorScheme}`, async () => {
        const width = await withPage(report(pods(40)), { viewport, colorScheme }, (page) =>
          page.evaluate('document.documentElement.scrollWidth'),
        )
        expect(width).to.be.at.most(viewport.width)
      })
    }
  }

  it('is dark where the reader prefers it', async () => {
    const background = await withPage(report(pods(4)), { colorScheme: 'dark' }, (page) =>
      page.evaluate("getComputedStyle(document.querySelector('th')).backgroundColor"),
    )
    expect(background).to.equal('rgb(13, 17, 23)')
  })

  it('prints without its filters', async () => {
    const visible = await withPage(report(pods(4)), {}, async (page) => {
      await page.emulateMedia({ media: 'print' })
      return page.locator('form').isVisible()
    })
    expect(visible).to.equal(false)
  })

  it('opens with 5 000 images in less than 2 seconds, and takes less than 3 MB', async () => {
    const html = report(pods(5000))
    expect(Buffer.byteLength(html)).to.be.below(3_000_000)
    const opened = await withPage(html, {}, (page) =>
      page.evaluate<number>("performance.getEntriesByType('navigation')[0].duration"),
    )
    expect(opened).to.be.below(2000)
  })

  it('counts the images that it shows', async () => {
    const shown = await withPage(report(pods(20)), {}, (page) => page.locator('output').textContent())
    expect(shown).to.equal('20 of 20')
  })

  it('shows names as text that try to be markup', async () => {
    const evil = '<img src=x onerror="document.title=1">'
    const [text, title] = await withPage(report([pod(evil, isPublic(1), evil)]), {}, async (page) => [
      await page.locator('tbody td').nth(1).textContent(),
      await page.title(),
    ])
    expect({ text, title }).to.deep.equal({ text: evil, title: 'Images and where they are pulled from' })
  })

  it('names each decision in its totals', async () => {
    const label = await withPage(report(pods(20)), {}, (page) => page.locator('svg').getAttribute('aria-label'))
    expect(label).to.equal('10 rewritten, 0 pull secret, 5 left alone, 5 needs a look')
  })

  it('lists images that are not read, and the commands that make Pods anew', async () => {
    const unread = [{ owner: 'prod/Cluster/db', path: 'spec.imageName', image: 'quay.io/my-org/db:1' }]
    const commands = ['kubectl rollout restart deployment/api -n prod']
    const texts = await withPage(htmlReport({ pods: [], unread, commands, notes: [] }), {}, (page) =>
      page.locator('pre').allTextContents(),
    )
    expect(texts).to.deep.equal(['prod/Cluster/db spec.imageName quay.io/my-org/db:1', commands[0]])
  })

  it('tells of a Pod about which the webhook is not asked why, and no location that it will never have', async () => {
    const [asked] = pods(1)
    const images = asked?.images.map((image) => ({ ...image, notAsked: 'namespace team-0 has the label x' })) ?? []
    const html = htmlReport({ pods: asked ? [{ ...asked, images }] : [], unread: [], commands: [], notes: [] })
    const text = await withPage(html, {}, (page) => page.locator('tbody tr').innerText())
    expect(text)
      .to.match(/not asked\s+the webhook is not asked: namespace team-0 has the label x\. Asked, it would rewrite it/)
      .and.not.include('→')
  })

  it('tells what could not be known', async () => {
    const html = htmlReport({ pods: [], unread: [], commands: [], notes: ['nobody <knows>'] })
    expect(await withPage(html, {}, (page) => page.locator('p').allTextContents())).to.include('Note: nobody <knows>.')
  })
})
