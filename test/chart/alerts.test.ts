import { expect } from 'chai'
import { at, licensed, manifests, only } from './support/helm.ts'
import { describeWithHelm } from './support/programs.ts'

interface Alert {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
}

async function alerts(values: object = {}): Promise<readonly Alert[]> {
  const objects = await manifests({ ...licensed, metrics: { prometheusRule: { enabled: true } }, ...values })
  return at(only(objects, 'PrometheusRule'), 'spec.groups.0.rules') as Alert[]
}

async function expression(alert: string, values: object = {}): Promise<string> {
  return (await alerts(values)).find((rule) => rule.alert === `ImageProxyWebhook${alert}`)?.expr ?? ''
}

describeWithHelm('an alert of the chart', () => {
  it('says which release it is about, where its expression does not', async () => {
    const rules = await alerts()
    expect(rules).to.have.length.above(5)
    for (const { labels } of rules) {
      expect(labels).to.include({ namespace: 'image-proxy-system', job: 'proxy-image-proxy-webhook' })
    }
  })

  it('leads to the runbooks that the values name, and so does the dashboard', async () => {
    const runbookUrl = 'https://wiki.example.com/image-proxy'
    const metrics = { prometheusRule: { enabled: true, runbookUrl }, dashboard: { enabled: true } }
    const objects = await manifests({ ...licensed, metrics })
    const rules = at(only(objects, 'PrometheusRule'), 'spec.groups.0.rules') as readonly object[]
    for (const rule of rules) expect(at(rule, 'annotations.runbook_url')).to.match(new RegExp(`^${runbookUrl}#\\w+$`))
    const dashboard = JSON.stringify(only(objects, 'ConfigMap', 'proxy-image-proxy-webhook-dashboard')['data'])
    expect(dashboard).to.include(`${runbookUrl}#imageproxywebhook`).and.not.include('README.md')
  })

  it('counts the Pods that passed the webhook where they may pass, and those that were refused where not', async () => {
    expect(await expression('Bypassed')).to.include('apiserver_admission_webhook_fail_open_count')
    const refused = await expression('Bypassed', { webhook: { failurePolicy: 'Fail' } })
    expect(refused).to.match(/apiserver_admission_webhook_rejection_count\{.*error_type="calling_webhook_error"/)
  })

  for (const [timeoutSeconds, slow] of [
    [1, 0.5],
    [2, 1],
    [5, 2.5],
    [9, 5],
    [30, 10],
  ]) {
    it(`calls the webhook slow from ${slow} s on, where the API server waits ${timeoutSeconds} s`, async () => {
      expect(await expression('Slow', { webhook: { timeoutSeconds } })).to.match(new RegExp(`>= ${slow}$`))
    })
  }

  for (const [renewBefore, hours] of [
    ['720h', 168],
    ['8h', 4],
    ['480m', 4],
    ['1h30m', 0.75],
  ] as const) {
    it(`warns ${hours} h before the end of a certificate that cert-manager renews ${renewBefore} before it`, async () => {
      const tls = { mode: 'cert-manager', certManager: { renewBefore } }
      expect(await expression('CertificateExpiring', { tls })).to.match(new RegExp(`< ${hours} \\* 3600$`))
    })
  }
})
