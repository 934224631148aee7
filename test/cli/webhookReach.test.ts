import { expect } from 'chai'
import type { V1LabelSelector, V1MutatingWebhook } from '@kubernetes/client-node'
import { reachNotes, whyNotAsked, type WebhookReach } from '../../src/cli/webhookReach.ts'

const notIgnored = { key: 'image-proxy-webhook/ignore', operator: 'NotIn', values: ['true'] }
const byName = (operator: string, ...values: string[]) => ({ key: 'kubernetes.io/metadata.name', operator, values })

type Labels = Readonly<Record<string, string>>
interface Scene {
  readonly namespaceSelector?: V1LabelSelector
  readonly objectSelector?: V1LabelSelector
  readonly matchConditions?: V1MutatingWebhook['matchConditions']
  /** Of the namespace `prod`; undefined where they cannot be read. */
  readonly labels?: Labels | undefined
}

function reach({ labels, ...webhook }: Scene = { labels: {} }): WebhookReach {
  const selector = { matchExpressions: [notIgnored] }
  const own = { namespaceSelector: selector, objectSelector: selector, ...webhook } as V1MutatingWebhook
  return {
    configurations: { value: [{ metadata: { name: 'hook' }, webhooks: [own] }] },
    namespaces: labels === undefined ? { fault: 'forbidden' } : { value: new Map([['prod', labels]]) },
  }
}

describe('The reason why the webhook is not asked about a Pod', () => {
  const ignored = { 'image-proxy-webhook/ignore': 'true' }
  const names = (operator: string, ...values: string[]) => ({
    namespaceSelector: { matchExpressions: [byName(operator, ...values), notIgnored] },
  })
  const many = Array.from({ length: 12 }, (_, index) => `n${index}`)
  const cases: readonly (readonly [string, Scene, Labels, string | undefined])[] = [
    [
      'the label of its namespace',
      { labels: ignored },
      {},
      'namespace prod has the label image-proxy-webhook/ignore=true',
    ],
    [
      'a list of namespaces that its own is not in',
      { ...names('In', 'a', 'b'), labels: {} },
      {},
      'namespace prod is none of those that the MutatingWebhookConfiguration hook selects (a, b): additionalNamespaces of the chart adds it',
    ],
    [
      'a long list, which is told in part',
      { ...names('In', ...many), labels: {} },
      {},
      'namespace prod is none of those that the MutatingWebhookConfiguration hook selects (n0, n1, n2, n3, n4, n5, n6, n7, n8, n9 and 2 more): additionalNamespaces of the chart adds it',
    ],
    [
      'a list of exclusions that its namespace is in',
      { ...names('NotIn', 'kube-system', 'prod'), labels: {} },
      {},
      "namespace prod is one of those that the MutatingWebhookConfiguration hook leaves out (kube-system, prod): excludedNamespaces of the chart, and the cluster's own",
    ],
    [
      'a selector that its namespace does not match',
      { namespaceSelector: { matchLabels: { team: 'a' }, matchExpressions: [notIgnored] }, labels: { team: 'b' } },
      {},
      'the labels of namespace prod do not match the namespaceSelector of the MutatingWebhookConfiguration hook',
    ],
    [
      'a selector that it does not match itself',
      { objectSelector: { matchLabels: { tier: 'web' }, matchExpressions: [notIgnored] }, labels: {} },
      { tier: 'db' },
      "the Pod's labels do not match the objectSelector of the MutatingWebhookConfiguration hook",
    ],
    ['a list of namespaces, where labels cannot be read', { ...names('In', 'a') }, {}, 'namespace prod is none'],
    ['nothing where the selectors select it', { ...names('In', 'prod'), labels: { team: 'a' } }, {}, undefined],
    [
      'nothing that is known where labels cannot be read',
      { namespaceSelector: { matchLabels: { team: 'a' }, matchExpressions: [notIgnored] } },
      {},
      undefined,
    ],
    ['nothing of its own opt-out, which its images tell', { labels: {} }, ignored, undefined],
  ]
  for (const [what, scene, pod, expected] of cases) {
    it(`is ${what}`, () => {
      const reason = whyNotAsked(reach(scene), 'prod', pod)
      if (expected === undefined) expect(reason).to.equal(undefined)
      else expect(reason?.startsWith(expected)).to.equal(true, reason)
    })
  }

  it('is nothing where one of two releases is asked about it', () => {
    const [one, other] = [reach({ ...names('In', 'a'), labels: {} }), reach({ labels: {} })].map(
      ({ configurations }) => ('value' in configurations ? configurations.value : []),
    )
    const both = { ...reach(), configurations: { value: [...(one ?? []), ...(other ?? [])] } }
    expect(whyNotAsked(both, 'prod', {})).to.equal(undefined)
  })

  it('is not looked for in the webhooks of others', () => {
    const theirs: Partial<V1MutatingWebhook> = { namespaceSelector: { matchLabels: { team: 'a' } } }
    const others = [{ webhooks: [theirs as V1MutatingWebhook] }]
    expect(whyNotAsked({ ...reach(), configurations: { value: others } }, 'prod', {})).to.equal(undefined)
  })
})

describe('The notes on what a cluster does not tell', () => {
  it('are none where everything is known', () => {
    expect(reachNotes(reach({ matchConditions: [{ name: 'not-ignored', expression: '' }], labels: {} }))).to.deep.equal(
      [],
    )
  })

  it('say that the webhook is not installed', () => {
    expect(reachNotes({ ...reach(), configurations: { value: [] } })).to.deep.equal([
      'the webhook is not installed in this cluster: this is what it would do where it is asked',
    ])
  })

  it('say which conditions only the API server can judge', () => {
    const [note] = reachNotes(reach({ matchConditions: [{ name: 'no-istio', expression: '' }], labels: {} }))
    expect(note).to.include("the webhook's matchConditions hold (no-istio)")
  })

  it('say why the configuration of webhooks cannot be read', () => {
    const [note] = reachNotes({ ...reach(), configurations: { fault: 'forbidden' } })
    expect(note).to.match(/is not known: the MutatingWebhookConfigurations cannot be read: forbidden$/)
  })

  it("is why namespaces' labels cannot be read", () => {
    const [note] = reachNotes(reach({ labels: undefined }))
    expect(note).to.match(/^whether a namespace opts out .* is not known: .*: forbidden$/)
  })
})
