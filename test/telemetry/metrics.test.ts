import { expect } from 'chai'

import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts'

/** Every metric of the webhook's own, with the labels it has. */
const promised: Readonly<Record<string, string>> = {
  image_proxy_webhook_admissions_total: 'operation,result',
  image_proxy_webhook_admission_duration_seconds: '',
  image_proxy_webhook_images_total: 'decision,reason',
  image_proxy_webhook_check_duration_seconds: 'step',
  image_proxy_webhook_registry_requests_total: 'step,status',
  image_proxy_webhook_cache_requests_total: 'result',
  image_proxy_webhook_cache_entries: '',
  image_proxy_webhook_checks_in_flight: '',
  image_proxy_webhook_pull_secret_writes_total: 'result',
  image_proxy_webhook_repairs_total: 'result',
  image_proxy_webhook_license_refused: '',
  image_proxy_webhook_license_usable: '',
  image_proxy_webhook_tls_handshakes_failed_total: '',
  image_proxy_webhook_certificate_expiry_timestamp_seconds: '',
  image_proxy_webhook_build_info: 'version',
}

interface Sample {
  readonly name: string
  readonly labels: string
  readonly value: number
}

async function samples(metrics: Metrics): Promise<Sample[]> {
  const text = await metrics.text()
  return text.split('\n').flatMap((line) => {
    const { name, labels = '', value } = /^(?<name>\w+)(?:\{(?<labels>.*)\})? (?<value>\S+)$/.exec(line)?.groups ?? {}
    return name === undefined ? [] : [{ name, labels, value: Number(value) }]
  })
}

async function valueOf(metrics: Metrics, name: string, labels = ''): Promise<number | undefined> {
  const found = await samples(metrics)
  return found.find((sample) => sample.name === `image_proxy_webhook_${name}` && sample.labels === labels)?.value
}

function everything(metrics: Metrics): void {
  metrics.admission('CREATE', 'patched', 0.002)
  metrics.image('rewrite', 'private')
  metrics.registryRequest('manifest', 401, 0.02)
  metrics.registryRequest('token', 'timeout', 2)
  metrics.cacheRequest('miss')
  metrics.proxyAnswered({ access: 'refused', reason: 'unauthorized', checkedAt: 0, ttl: 0 })
  metrics.pullSecretWrite('written')
  metrics.repair('replaced')
  metrics.licenseUsable(true)
  metrics.handshakeFailed()
  metrics.certificateExpiry(4_102_444_800)
}

describe('the metrics', () => {
  it('have the promised names and labels, and no others', async () => {
    const metrics = createMetrics({ version: '1.2.3' })
    everything(metrics)
    const found: Record<string, string> = {}
    for (const { name, labels } of await samples(metrics)) {
      if (!name.startsWith('image_proxy_webhook_')) continue
      const names = [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label).filter((label) => label !== 'le')
      found[name.replace(/_seconds_(?:bucket|sum|count)$/, '_seconds')] = names.join(',')
    }
    expect(found).to.deep.equal(promised)
  })

  it('have those of the process', async () => {
    const names = (await samples(createMetrics({ version: '1' }))).map(({ name }) => name)
    expect(names).to.include.members([
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_seconds',
    ])
  })

  it('each have a help text', async () => {
    const metrics = createMetrics({ version: '1' })
    everything(metrics)
    const text = await metrics.text()
    expect(
      Object.keys(promised).filter((name) => !new RegExp(`^# HELP ${name} \\S.*\\.$`, 'm').test(text)),
    ).to.deep.equal([])
  })

  it('say in which format they are', () => {
    expect(createMetrics({ version: '1' }).contentType).to.match(/^text\/plain; version=/)
  })

  it('do not meet those of another instance', async () => {
    const [one, other] = [createMetrics({ version: '1' }), createMetrics({ version: '1' })]
    one.cacheRequest('hit')
    expect(await valueOf(other, 'cache_requests_total', 'result="hit"')).to.equal(0)
  })

  it('count, also from one scrape to the next', async () => {
    const metrics = createMetrics({ version: '1' })
    const seen: unknown[] = []
    for (let scrape = 0; scrape < 3; scrape++) {
      metrics.admission('CREATE', 'patched', 0.001)
      metrics.cacheRequest('hit')
      seen.push([
        await valueOf(metrics, 'admissions_total', 'operation="CREATE",result="patched"'),
        await valueOf(metrics, 'cache_requests_total', 'result="hit"'),
        await valueOf(metrics, 'admission_duration_seconds_count'),
      ])
    }
    expect(seen).to.deep.equal([
      [1, 1, 1],
      [2, 2, 2],
      [3, 3, 3],
    ])
  })

  it('measure each step of a check in seconds', async () => {
    const metrics = createMetrics({ version: '1' })
    metrics.registryRequest('proxy-token', 200, 0.25)
    expect(await valueOf(metrics, 'check_duration_seconds_sum', 'step="proxy-token"')).to.equal(0.25)
  })

  it('read the cache when they are scraped', async () => {
    const metrics = createMetrics({ version: '1' })
    let stats = { entries: 1, inFlight: 2 }
    metrics.observeCache(() => stats)
    stats = { entries: 10, inFlight: 20 }
    expect([await valueOf(metrics, 'cache_entries'), await valueOf(metrics, 'checks_in_flight')]).to.deep.equal([
      10, 20,
    ])
  })

  it('tell no expiry before there is a certificate', async () => {
    const metrics = createMetrics({ version: '1' })
    expect(await valueOf(metrics, 'certificate_expiry_timestamp_seconds')).to.equal(undefined)
  })

  it('tell the expiry of the latest certificate', async () => {
    const metrics = createMetrics({ version: '1' })
    metrics.certificateExpiry(100)
    metrics.certificateExpiry(200)
    expect(await valueOf(metrics, 'certificate_expiry_timestamp_seconds')).to.equal(200)
  })

  for (const [answers, refused] of [
    [[], undefined],
    [['unauthorized'], 1],
    [['denied'], 1],
    [['unauthorized', 'readable'], 0],
    [['readable', 'denied'], 1],
    [['denied', 'not-found'], 1],
    [['not-found'], undefined],
    [['denied', 'timeout'], 1],
  ] as const) {
    it(`say ${refused ?? 'nothing'} for a refused license after the answers [${answers.join(', ')}]`, async () => {
      const metrics = createMetrics({ version: '1' })
      for (const reason of answers) {
        const access = reason === 'readable' ? 'served' : reason === 'timeout' ? 'unknown' : 'refused'
        metrics.proxyAnswered({ access, reason, checkedAt: 0, ttl: 0 })
      }
      expect(await valueOf(metrics, 'license_refused')).to.equal(refused)
    })
  }

  it('say nothing of a new license because an earlier one was refused', async () => {
    const metrics = createMetrics({ version: '1' })
    metrics.proxyAnswered({ access: 'refused', reason: 'unauthorized', checkedAt: 0, ttl: 0 })
    metrics.licenseChanged()
    expect(await valueOf(metrics, 'license_refused')).to.equal(undefined)
  })

  it('say nothing of the source of a license where none is configured', async () => {
    expect(await valueOf(createMetrics({ version: '1' }), 'license_usable')).to.equal(undefined)
  })

  it('say whether the source of the license is usable now', async () => {
    const metrics = createMetrics({ version: '1' })
    const values = []
    for (const usable of [true, false, true]) {
      metrics.licenseUsable(usable)
      values.push(await valueOf(metrics, 'license_usable'))
    }
    expect(values).to.deep.equal([1, 0, 1])
  })

  it('count a request that is no review, and not how fast it was turned away', async () => {
    const metrics = createMetrics({ version: '1' })
    metrics.malformed()
    expect(await valueOf(metrics, 'admissions_total', 'operation="other",result="malformed"')).to.equal(1)
    expect(await valueOf(metrics, 'admission_duration_seconds_count')).to.equal(0)
  })
})

describe('labels', () => {
  it('do not take what a review holds for an operation', async () => {
    const metrics = createMetrics({ version: '1' })
    for (let n = 0; n < 100; n++) metrics.admission(`c4n4ry"\n${n}`, 'skipped', 0)
    metrics.admission('__proto__', 'skipped', 0)
    expect(await valueOf(metrics, 'admissions_total', 'operation="other",result="skipped"')).to.equal(101)
    expect(await metrics.text()).not.to.include('c4n4ry')
  })

  for (const operation of ['CREATE', 'UPDATE', 'DELETE', 'CONNECT']) {
    it(`take ${operation} for an operation`, async () => {
      const metrics = createMetrics({ version: '1' })
      metrics.admission(operation, 'skipped', 0)
      expect(await valueOf(metrics, 'admissions_total', `operation="${operation}",result="skipped"`)).to.equal(1)
    })
  }

  for (const [status, label] of [
    [200, '200'],
    [307, '307'],
    [429, '429'],
    [503, '503'],
    [299, '2xx'],
    [418, '4xx'],
    [599, '5xx'],
    [0, 'other'],
    [999, 'other'],
    [NaN, 'other'],
    ['timeout', 'timeout'],
    ['blocked-address', 'blocked-address'],
  ] as const) {
    it(`tell the status ${status} as ${label}`, async () => {
      const metrics = createMetrics({ version: '1' })
      metrics.registryRequest('manifest', status, 0)
      expect(await valueOf(metrics, 'registry_requests_total', `step="manifest",status="${label}"`)).to.equal(1)
    })
  }

  it('stay few whatever a registry answers', async () => {
    const metrics = createMetrics({ version: '1' })
    for (let status = 0; status < 2000; status++) metrics.registryRequest('manifest', status, 0)
    const labels = (await samples(metrics)).filter(({ name }) => name === 'image_proxy_webhook_registry_requests_total')
    expect(labels).to.have.lengthOf.at.most(32)
  })
})
