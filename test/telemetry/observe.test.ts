import { expect } from 'chai'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts'
import { observeLicense, observeRegistries } from '../../src/telemetry/observe.ts'

interface Line {
  readonly level: string
  readonly msg: string
  readonly fault?: string
  readonly warning?: string
  readonly err?: { readonly message: string }
}

async function startObserving() {
  const lines: string[] = []
  const log = await createLogger({ level: 'info', format: 'json', destination: { write: (line) => lines.push(line) } })
  const metrics = createMetrics({ version: '0' })
  return { log, metrics, logged: () => lines.map((line) => JSON.parse(line) as Line) }
}

async function gauge(metrics: Metrics, name: string): Promise<string | undefined> {
  return new RegExp(`^image_proxy_webhook_${name} (.*)$`, 'm').exec(await metrics.text())?.[1]
}

describe('what a registry’s observer logs', () => {
  it('is an error, with its message, where a check failed because of a bug', async () => {
    const { log, metrics, logged } = await startObserving()
    observeRegistries(log, metrics).fault?.(new Error('bug'))
    expect(logged().map(({ level, err }) => [level, err?.message])).to.deep.equal([['error', 'bug']])
  })
})

describe("what the license's observer tells", () => {
  const license = { fingerprint: 'one' }
  const cases: readonly (readonly [string, Parameters<ReturnType<typeof observeLicense>>, string, string, string?])[] =
    [
      ['of a usable license is a line of information, and 1', [{ license }, true], 'info', 'license', '1'],
      [
        'where no license is configured is a line of information, and no metric',
        [{}, true],
        'info',
        'no license: the proxy is not asked before an image is rewritten',
      ],
      [
        'of a spoiled source is an error that says what stays in use, and 0',
        [{ license, fault: 'gone' }, true],
        'error',
        'the license cannot be used, the last good one stays in use',
        '0',
      ],
      [
        'of a license that never was usable is an error, and 0',
        [{ fault: 'gone' }, true],
        'error',
        'the license cannot be used',
        '0',
      ],
      [
        'where nothing can be decided is an error that says what becomes of images, and 0',
        [{ fault: 'gone' }, false],
        'error',
        'images are left alone',
        '0',
      ],
    ]
  for (const [what, [state, decides], level, msg, usable] of cases) {
    it(what, async () => {
      const { log, metrics, logged } = await startObserving()
      observeLicense(log, metrics)(state, decides)
      expect(logged().map((line) => [line.level, line.msg, line.fault])).to.deep.equal([[level, msg, state.fault]])
      expect(await gauge(metrics, 'license_usable')).to.equal(usable)
    })
  }

  it('is a warning where the license may be of no use', async () => {
    const { log, metrics, logged } = await startObserving()
    observeLicense(log, metrics)({ license }, true, 'of another application')
    expect(logged().map(({ level, msg, warning }) => [level, msg, warning])).to.deep.equal([
      ['info', 'license', undefined],
      ['warn', 'the license may be of no use', 'of another application'],
    ])
  })

  const refused = { access: 'refused', reason: 'unauthorized', checkedAt: 0, ttl: 0 } as const

  it('forgets what the proxy said of an earlier license', async () => {
    const { log, metrics } = await startObserving()
    const tell = observeLicense(log, metrics)
    tell({ license }, true)
    metrics.proxyAnswered(refused)
    tell({ license: { fingerprint: 'other' } }, true)
    expect(await gauge(metrics, 'license_refused')).to.equal(undefined)
  })

  it('keeps what the proxy said of a license whose source is spoiled', async () => {
    const { log, metrics } = await startObserving()
    const tell = observeLicense(log, metrics)
    tell({ license }, true)
    metrics.proxyAnswered(refused)
    tell({ license, fault: 'gone' }, true)
    expect(await gauge(metrics, 'license_refused')).to.equal('1')
  })
})
