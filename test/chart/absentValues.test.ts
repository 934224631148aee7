import { expect } from 'chai'
import { loadConfig } from '../../src/config/load.ts'
import { at, configText, licensed, manifests, only, refusal, type Manifest } from './support/helm.ts'
import { emptyKeys, freeValues, hasDefault, nulls } from './support/nulls.ts'
import { describeWithHelm, helms } from './support/programs.ts'

/** Defaults that may be taken away, and where the Deployment or another object then has nothing. */
const removable: Readonly<Record<string, readonly [kind: string, path: string]>> = {
  'webhook.annotations': ['MutatingWebhookConfiguration', 'metadata.annotations'],
  topologySpreadConstraints: ['Deployment', 'spec.template.spec.topologySpreadConstraints'],
  priorityClassName: ['Deployment', 'spec.template.spec.priorityClassName'],
  podSecurityContext: ['Deployment', 'spec.template.spec.securityContext'],
  securityContext: ['Deployment', 'spec.template.spec.containers.0.securityContext'],
  resources: ['Deployment', 'spec.template.spec.containers.0.resources'],
  dnsConfig: ['Deployment', 'spec.template.spec.dnsConfig'],
  'metrics.dashboard.labels': ['ConfigMap', 'metadata.labels.grafana_dashboard'],
}

/** What the chart renders to, with the configuration as the webhook reads it and without the checksum of its text. */
function meaning(objects: readonly Manifest[]): string {
  const config = loadConfig({ text: configText(objects), env: {}, terminal: false })
  const others = objects.filter((object) => object.kind !== 'ConfigMap')
  return JSON.stringify([config, ...others], undefined, 1).replace(/"checksum\/config": "\w+"/, '')
}

describeWithHelm('a value that is null', () => {
  const needed = freeValues.filter((value) => hasDefault(value) && !(value.key in removable)).map(({ key }) => key)
  const sections = [
    ...new Set(freeValues.filter(({ key }) => key.includes('.')).map(({ key }) => key.split('.')[0] ?? '')),
  ]

  for (const [what, keys] of [
    ['every key with a default', needed],
    ['every section', sections],
  ] as const) {
    it(`is refused by Helm in a sentence, where the webhook or Kubernetes would choose otherwise: ${what}`, async () => {
      for (const said of await Promise.all(helms.map((helm) => refusal(helm, nulls(keys))))) {
        const told = [...said.matchAll(/^- (\S+) has no value: give it one, or leave the key out/gm)]
        expect(told.map(([, key]) => key)).to.have.members(keys)
      }
    })
  }

  it('says after an upgrade with --reuse-values what to do', async () => {
    for (const helm of helms) expect(await refusal(helm, nulls(['webhook']))).to.include('--reset-then-reuse-values')
  })

  it('is as good as its default where that is empty', async () => {
    const expected = meaning(await manifests(licensed))
    for (const helm of helms) expect(meaning(await manifests(nulls(emptyKeys), {}, helm))).to.equal(expected)
  })

  it('takes away what Kubernetes has an answer to of its own', async () => {
    const dashboard = { metrics: { dashboard: { enabled: true, labels: null } } }
    const objects = await manifests({ ...nulls(Object.keys(removable)), ...dashboard })
    for (const [kind, path] of Object.values(removable)) {
      const name = `proxy-image-proxy-webhook${kind === 'ConfigMap' ? '-dashboard' : ''}`
      expect(at(only(objects, kind, name), path), path).to.equal(undefined)
    }
  })
})
