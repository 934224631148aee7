import { expect } from 'chai'
import { parse as parseYaml } from 'yaml'
import { at, configText, licensed, manifests, only } from './support/helm.ts'
import { describeWithHelm } from './support/programs.ts'

const own = 'image-proxy-system'
const notIgnored = { key: 'image-proxy-webhook/ignore', operator: 'NotIn', values: ['true'] }
const byName = (operator: string, ...values: readonly string[]) => ({
  key: 'kubernetes.io/metadata.name',
  operator,
  values,
})
const never = ['kube-system', 'kube-public', 'kube-node-lease']
const cluster = { scope: 'cluster' }

/** Values, the selector of the webhook, and what the webhook is told. */
const cases: readonly (readonly [string, object, object, readonly string[]])[] = [
  ["the release's own", {}, { matchExpressions: [byName('In', own), notIgnored] }, [own]],
  [
    'listed ones, each once',
    { additionalNamespaces: ['my-app', own, 'my-app'] },
    { matchExpressions: [byName('In', own, 'my-app'), notIgnored] },
    [own, 'my-app'],
  ],
  [
    'listed ones without those excluded',
    { additionalNamespaces: ['my-app', 'my-jobs'], excludedNamespaces: [own, 'my-jobs'] },
    { matchExpressions: [byName('In', 'my-app'), notIgnored] },
    ['my-app'],
  ],
  [
    'all but those of Kubernetes',
    { additionalNamespaces: ['*'], rbac: cluster },
    { matchExpressions: [byName('NotIn', ...never), notIgnored] },
    ['*'],
  ],
  [
    'all but those excluded',
    { additionalNamespaces: ['my-app', '*'], excludedNamespaces: ['monitoring', 'kube-system'], rbac: cluster },
    { matchExpressions: [byName('NotIn', ...never, 'monitoring'), notIgnored] },
    ['*'],
  ],
  [
    'those of a selector',
    { webhook: { namespaceSelector: { matchLabels: { team: 'a' } } }, rbac: cluster },
    { matchLabels: { team: 'a' }, matchExpressions: [notIgnored] },
    ['*'],
  ],
  [
    "those of a selector's expressions",
    { webhook: { namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'Exists' }] } }, rbac: cluster },
    { matchExpressions: [{ key: 'team', operator: 'Exists' }, notIgnored] },
    ['*'],
  ],
]

describeWithHelm('the namespaces whose Pods are patched', () => {
  for (const [name, values, selector, told] of cases) {
    it(`are ${name}`, async () => {
      const objects = await manifests({ ...licensed, ...values })
      const webhook = only(objects, 'MutatingWebhookConfiguration')
      expect(at(webhook, 'webhooks.0.namespaceSelector')).to.deep.equal(selector)
      expect(at(parseYaml(configText(objects)), 'namespaces')).to.deep.equal(told)
    })
  }

  it('may be all of them without permissions in the cluster where nothing is copied', async () => {
    const values = { ...licensed, additionalNamespaces: ['*'], pullSecret: { provision: false } }
    expect((await manifests(values)).filter(({ kind }) => kind === 'ClusterRole')).to.have.length(1)
  })
})
