import { expect } from 'chai'
import { parse } from 'yaml'
import { blocksOf } from '../docs/pages.ts'
import { at, licensed, manifests, only } from './support/helm.ts'
import { describeWithHelm } from './support/programs.ts'

interface Found {
  readonly section: string
  readonly document: Readonly<Record<string, unknown>>
}

const found: readonly Found[] = blocksOf('docs/install.md')
  .filter(({ language }) => language === 'yaml')
  .map(({ section, text }) => ({ section, document: parse(text) as Found['document'] }))

/** Where each kind of document has the chart's values; others are values themselves. */
const places: Readonly<Record<string, string>> = {
  Application: 'spec.source.helm.valuesObject',
  HelmRelease: 'spec.values',
  HelmChart: 'spec.values',
}
/** What holds no values: the vendor's Chart.yaml, and where Flux finds the chart. */
const hasValues = ({ dependencies, kind }: Found['document']) => dependencies === undefined && kind !== 'OCIRepository'
const dockerconfigjson = Buffer.from('{"auths":{"proxy.replicated.com":{"auth":"YTpi"}}}').toString('base64')

function valuesOf(document: Found['document']): object {
  const { kind = '' } = document as { kind?: string }
  const values = at(document, places[kind] ?? '') ?? document['image-proxy-webhook'] ?? document
  // KOTS fills this in.
  const text = JSON.stringify(values).replace('repl{{ LicenseDockerCfg }}', dockerconfigjson)
  expect(text).not.to.include('repl{{')
  return JSON.parse(text) as object
}

const documentOf = (kind: string) => found.find(({ document }) => document['kind'] === kind)?.document ?? {}

describeWithHelm('docs/install.md', () => {
  for (const { section, document } of found.filter(({ document }) => hasValues(document))) {
    it(`shows values that the chart takes: ${section}, ${Object.keys(document).join(', ')}`, async () => {
      const values = valuesOf(document)
      const alone = 'appSlug' in values && Object.keys(values).length > 2
      const objects = await manifests(alone ? values : { ...licensed, ...values })
      expect(objects.map(({ kind }) => kind)).to.include('MutatingWebhookConfiguration')
    })
  }

  it('gives KOTS a license that the chart makes a Secret of', async () => {
    const secret = only(
      await manifests(valuesOf(documentOf('HelmChart'))),
      'Secret',
      'proxy-image-proxy-webhook-license',
    )
    expect(secret['data']).to.deep.equal({ '.dockerconfigjson': dockerconfigjson })
  })

  for (const [kind, pathOf] of [
    ['Application', 'spec.ignoreDifferences.0'],
    ['HelmRelease', 'spec.driftDetection.ignore.0'],
  ] as const) {
    it(`has ${kind} leave alone what the webhook and clouds write, by the names that are rendered`, async () => {
      const document = documentOf(kind)
      const rule = at(document, pathOf) as {
        name?: string
        target?: object
        jqPathExpressions?: string[]
        paths?: string[]
      }
      const name = String(at(document, 'metadata.name'))
      const webhook = only(await manifests(valuesOf(document), { name }), 'MutatingWebhookConfiguration')
      const { kind: ignoredKind, name: ignoredName } = { ...rule, ...rule.target } as { kind?: string; name?: string }
      expect([ignoredKind, ignoredName]).to.deep.equal([webhook.kind, webhook.metadata.name])
      const fields = (rule.jqPathExpressions ?? rule.paths ?? []).map((path) =>
        path.replace(/^\W*webhooks\W+(?:0\W)?/, ''),
      )
      expect(fields).to.deep.equal(
        kind === 'Application'
          ? ['clientConfig.caBundle', 'namespaceSelector']
          : ['clientConfig/caBundle', 'namespaceSelector'],
      )
      expect(at(webhook, 'webhooks.0')).to.include.keys('clientConfig', 'namespaceSelector')
    })
  }
})
