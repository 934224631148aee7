import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { at, licensed, manifests, only } from '../chart/support/helm.ts'
import { valuesFiles } from '../chart/support/valuesFiles.ts'
import { run } from '../support/command.ts'
import { ensurePrometheus } from './support/prometheus.ts'
import { fires, silent } from './alertCases.ts'

async function groups(values: object = {}, args: readonly string[] = []): Promise<unknown> {
  const objects = await manifests({ ...licensed, metrics: { prometheusRule: { enabled: true } }, ...values }, { args })
  return at(only(objects, 'PrometheusRule'), 'spec')
}

describe('an alert, judged by promtool,', () => {
  let directory = ''
  const write = async (name: string, content: unknown) => {
    const path = join(directory, name)
    // JSON is YAML.
    await writeFile(path, JSON.stringify(content))
    return path
  }

  before(async function () {
    this.timeout(120_000)
    await ensurePrometheus()
    directory = await mkdtemp(join(tmpdir(), 'alerts-'))
  })

  after(() => rm(directory, { recursive: true }))

  for (const [name, args] of valuesFiles) {
    it(`is a rule that Prometheus takes, with ${name}`, async () => {
      const rules = await write('rules.yaml', await groups({}, [...args, '--set=metrics.prometheusRule.enabled=true']))
      expect((await run('promtool', ['check', 'rules', rules])).stdout).to.include('SUCCESS')
    })
  }

  it('has a case in which it fires, and one in which it does not', async () => {
    const rules = at(await groups(), 'groups.0.rules') as readonly { readonly alert: string }[]
    const alerts = rules.map(({ alert }) => alert.replace('ImageProxyWebhook', ''))
    expect(Object.keys(fires)).to.have.members(alerts)
    expect(Object.keys(silent)).to.have.members(alerts)
  })

  for (const [cases, wanted] of [
    [fires, true],
    [silent, false],
  ] as const) {
    for (const [alert, list] of Object.entries(cases)) {
      for (const { what, series, minute, values } of list) {
        it(`${wanted ? 'fires' : 'is silent'} where ${what}: ImageProxyWebhook${alert}`, async () => {
          const rules = await write('rules.yaml', await groups(values))
          const firing = `count(ALERTS{alertname="ImageProxyWebhook${alert}", alertstate="firing"})`
          const test = {
            interval: '1m',
            input_series: Object.entries(series).map(([series, values]) => ({ series, values })),
            promql_expr_test: [
              { expr: firing, eval_time: `${minute}m`, exp_samples: wanted ? [{ labels: '{}', value: 1 }] : [] },
            ],
          }
          const tests = await write('tests.yaml', { rule_files: [rules], evaluation_interval: '1m', tests: [test] })
          expect((await run('promtool', ['test', 'rules', tests])).stdout).to.include('SUCCESS')
        })
      }
    }
  }
})
