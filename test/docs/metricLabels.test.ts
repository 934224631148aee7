import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { root } from './documents.ts'

const rows = readFileSync(join(root, 'docs/operating.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `image_proxy_webhook_'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, name = '', labels = '', says = '']) => ({ name: name.replaceAll('`', ''), labels: quotedIn(labels), says }))

function quotedIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, quoted = '']) => quoted).sort()
}

interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

/** What a scrape of a webhook shows to which everything has happened once. */
async function scrape(): Promise<Series[]> {
  const metrics = createMetrics({ version: '1.2.3' })
  metrics.admission('CREATE', 'patched', 1)
  metrics.image('rewrite', 'private')
  metrics.registryRequest('manifest', 200, 1)
  metrics.licenseUsable(true)
  metrics.proxyAnswered({ access: 'served', reason: 'readable', checkedAt: 0, ttl: 0 })
  metrics.handshakeFailed()
  metrics.certificateExpiry(1)
  const samples = (await metrics.text()).matchAll(/^(image_proxy_webhook_\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? /gm)
  return [...samples].map(([, name = '', labels = '']) => {
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value] as const)
    return { name, labels: Object.fromEntries(pairs.filter(([label]) => label !== 'le')) }
  })
}

describe('The table of metrics in docs/operating.md', () => {
  let series: Series[]
  before(async () => {
    series = await scrape()
  })

  it('names the metrics that a scrape shows, and no other', () => {
    expect(rows.map(({ name }) => name)).to.have.members([...new Set(series.map(({ name }) => name))])
  })

  for (const { name, labels, says } of rows) {
    const values = () => series.flatMap((sample) => (sample.name === name ? Object.values(sample.labels) : []))

    it(`names the labels of ${name}, and no other`, () => {
      const existing = series.flatMap((sample) => (sample.name === name ? Object.keys(sample.labels) : []))
      expect([...new Set(existing)].sort()).to.deep.equal(labels)
    })

    if (labels.join() === 'result') {
      it(`names the values of the label of ${name}, and no other`, () => {
        expect(quotedIn(says)).to.have.members(values())
      })
    }
  }
})
