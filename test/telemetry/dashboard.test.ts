import { readFileSync } from 'node:fs'
import { expect } from 'chai'

import { createMetrics } from '../../src/telemetry/metrics.ts'

const read = (name: string) =>
  readFileSync(new URL(`../../charts/image-proxy-webhook/${name}`, import.meta.url), 'utf8')

interface Query {
  readonly where: string
  /** PromQL, or a template with PromQL in it. */
  readonly text: string
  /** Labels that are shown beside the result. */
  readonly shown: readonly string[]
}

interface Dashboard {
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] }
  readonly panels: readonly {
    readonly title: string
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[]
  }[]
}

function dashboardQueries(): Query[] {
  const { templating, panels } = JSON.parse(read('dashboards/image-proxy-webhook.json')) as Dashboard
  return [
    ...templating.list.map(({ name, query }) => ({
      where: `the variable ${name}`,
      text: query,
      shown: all(query, /^label_values\(.*, (\w+)\)$/g),
    })),
    ...panels.flatMap(({ title, targets }) =>
      targets.map(({ expr, legendFormat }) => ({
        where: `the panel ${title}`,
        text: expr,
        shown: all(legendFormat, /\{\{(\w+)\}\}/g),
      })),
    ),
  ]
}

/** Each rule in its template's words. What is templated in a selector are labels of the target. */
function alertQueries(): Query[] {
  const [, ...rules] = read('templates/prometheusrule.yaml').split('- alert: ')
  return rules.map((rule) => ({
    where: /^\w+/.exec(rule)?.[0] ?? '',
    text: rule.replaceAll('{{- $from -}}', ''),
    shown: all(rule, /\$labels\.(\w+)/g),
  }))
}

/** What the first group of `pattern` holds, wherever it matches. */
function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, group = '']) => group)
}

/** Selectors of metrics that the webhook serves. */
function selectors(text: string): { name: string; matchers: string }[] {
  const pattern = /\b((?:image_proxy_webhook|process|nodejs)_\w+)(?:\{([^}]*)\})?/g
  return [...text.matchAll(pattern)].map(([, name = '', matchers = '']) => ({ name, matchers }))
}

const groupings = (text: string) => all(text, /\bby \(([^)]*)\)/g).flatMap((labels) => labels.split(/, */))

/** Put on every sample by a scrape that a ServiceMonitor asks for. */
const targetLabels = ['namespace', 'job', 'pod', 'instance']

/** Every metric that is served once everything has happened, with all values of its labels. */
async function served(): Promise<Map<string, Map<string, Set<string>>>> {
  const metrics = createMetrics({ version: '1.2.3' })
  for (const result of ['patched', 'unchanged', 'skipped', 'overloaded', 'failed', 'not-ready'] as const)
    metrics.admission('CREATE', result, 0)
  metrics.malformed()
  for (const reason of [
    'private',
    'refused',
    'not-rewritable',
    'no-pull-secret',
    'unknown',
    'public',
    'missing',
    'invalid-reference',
  ] as const)
    metrics.image('leave', reason)
  metrics.registryRequest('manifest', 200, 0)
  metrics.certificateExpiry(0)
  metrics.licenseUsable(true)
  metrics.proxyAnswered({ access: 'served', reason: 'readable', checkedAt: 0, ttl: 0 })

  const found = new Map<string, Map<string, Set<string>>>()
  for (const [, name = '', labels = ''] of (await metrics.text()).matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const known = found.get(name) ?? new Map<string, Set<string>>()
    found.set(name, known)
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g))
      known.set(label, (known.get(label) ?? new Set()).add(value))
  }
  return found
}

describe('the queries of the dashboard and the alerts', () => {
  const queries = [...dashboardQueries(), ...alertQueries()]

  it('read metrics of the webhook, but for what only others know', () => {
    expect(queries.filter(({ text }) => selectors(text).length === 0).map(({ where }) => where)).to.deep.equal([
      'the variable datasource',
      'the panel Replicas that answer',
      'the panel Pods without an answer',
      'ImageProxyWebhookDown',
      'ImageProxyWebhookBypassed',
    ])
  })

  it('name metrics that are served', async () => {
    const metrics = await served()
    const unserved = queries.flatMap(({ where, text }) =>
      selectors(text).flatMap(({ name }) => (metrics.has(name) ? [] : [`${where}: ${name}`])),
    )
    expect(unserved).to.deep.equal([])
  })

  it('select by labels and values that these metrics have', async () => {
    const metrics = await served()
    const unknown = queries.flatMap(({ where, text }) =>
      selectors(text).flatMap(({ name, matchers }) =>
        [...matchers.matchAll(/(\w+)\s*[=!]~?\s*"([^"]*)"/g)].flatMap(([, label = '', values = '']) =>
          values
            .split('|')
            .filter((value) => !targetLabels.includes(label) && !metrics.get(name)?.get(label)?.has(value))
            .map((value) => `${where}: ${name}{${label}="${value}"}`),
        ),
      ),
    )
    expect(unknown).to.deep.equal([])
  })

  it('group by labels that these metrics have', async () => {
    const metrics = await served()
    const unknown = queries.flatMap(({ where, text }) =>
      selectors(text).flatMap(({ name }) =>
        groupings(text).flatMap((label) => (metrics.get(name)?.has(label) ? [] : [`${where}: ${name} by ${label}`])),
      ),
    )
    expect(unknown).to.deep.equal([])
  })

  it('show labels that their results have', () => {
    const lost = queries.flatMap(({ where, text, shown }) => {
      const grouped = groupings(text)
      const kept = grouped.length > 0 ? grouped : targetLabels
      return shown.filter((label) => !kept.includes(label)).map((label) => `${where}: ${label}`)
    })
    expect(lost).to.deep.equal([])
  })
})
