import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { AdmissionResult } from '../../src/admission/admission.ts'
import type { Action, DecisionReason } from '../../src/decision/decision.ts'
import type { VerdictReason } from '../../src/decision/verdict.ts'
import type { RequestStep } from '../../src/registry/observer.ts'
import { statusLabel, type Operation } from '../../src/telemetry/labels.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { root } from './documents.ts'

const page = readFileSync(join(root, 'docs/operating.md'), 'utf8')
const rows = page
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

/** The values of a type, each of which must be here for the types to be right, and no other. */
function all<Value extends string>(values: Readonly<Record<Value, true>>): string[] {
  return Object.keys(values)
}

const decisionReasons = all<DecisionReason>({
  ...{ 'already-proxied': true, hosted: true, rule: true, 'opted-out': true, 'invalid-reference': true, public: true },
  ...{ private: true, missing: true, unknown: true, served: true, refused: true, 'not-rewritable': true },
  ...{ 'no-pull-secret': true, running: true },
})

const verdictReasons = all<VerdictReason>({
  ...{ readable: true, unauthorized: true, denied: true, 'not-found': true, 'rate-limited': true, timeout: true },
  ...{ 'server-error': true, dns: true, tls: true, connection: true, 'blocked-address': true, forbidden: true },
  ...{ 'bad-redirect': true, 'bad-realm': true, 'no-token': true, 'unexpected-answer': true, busy: true },
  deadline: true,
})

const unusualStatuses = Array.from({ length: 1000 }, (_, status) => statusLabel(status)).filter(
  (label) => !/^\d+$/.test(label),
)

const values: Readonly<Record<string, readonly string[]>> = {
  operation: all<Operation>({ CREATE: true, UPDATE: true, DELETE: true, CONNECT: true, other: true }),
  result: all<AdmissionResult | 'malformed'>({
    ...{ patched: true, unchanged: true, skipped: true, 'not-ready': true, overloaded: true, failed: true },
    malformed: true,
  }),
  decision: all<Action>({ rewrite: true, attach: true, leave: true }),
  step: all<RequestStep>({ manifest: true, token: true, 'proxy-manifest': true, 'proxy-token': true }),
  status: [...new Set(unusualStatuses), 'unknown'],
}

describe("The table of labels' values in docs/operating.md", () => {
  const rowOf = (label: string) => new RegExp(`^\\| \`${label}\` +\\| (.*?) +\\|$`, 'm').exec(page)?.[1] ?? ''

  for (const [label, existing] of Object.entries(values)) {
    it(`names the values of ${label}, and no other`, () => {
      expect(quotedIn(rowOf(label))).to.deep.equal([...existing].sort())
    })
  }

  it('names the labels that metrics have, and no other', () => {
    const labels = new Set(rows.flatMap((row) => row.labels).filter((label) => label !== 'version'))
    expect([...page.matchAll(/^\| `([a-z]+)` +\| /gm)].map(([, label]) => label)).to.have.members([...labels])
  })

  it('leads to the table of reasons, which names those of decisions and of registries, and no other', () => {
    const [, section = ''] = readFileSync(join(root, 'docs/command-line.md'), 'utf8').split(
      '## What a report calls things',
    )
    const [reasons = ''] = section.split('\n## ')
    const named = [...reasons.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, reason]) => reason)
    expect(named).to.have.members([...decisionReasons, ...verdictReasons])
    for (const label of ['reason', 'status']) expect(rowOf(label)).to.match(/command-line\.md#|the same page/)
  })
})
