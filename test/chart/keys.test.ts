import { expect } from 'chai'
import { licensed, manifests, refusal } from './support/helm.ts'
import { describeWithHelm, helms } from './support/programs.ts'

const mistaken: readonly (readonly [string, object, string])[] = [
  ['a wrong capital', { replicacount: 3 }, 'replicacount is no key of this chart; did you mean replicaCount?'],
  ['a wrong capital in a section', { webhook: { failurepolicy: 'Fail' } }, 'did you mean webhook.failurePolicy?'],
  ['a missing letter', { aditionalNamespaces: ['a'] }, 'did you mean additionalNamespaces?'],
  ['two letters changed round', { proxy: { domian: 'example.com' } }, 'did you mean proxy.domain?'],
  ['a singular', { resources: { request: {} } }, 'did you mean resources.requests?'],
  ['the beginning of a key', { replicas: 3 }, 'did you mean replicaCount?'],
  ['a key of a section without it', { failurePolicy: 'Fail' }, 'did you mean webhook.failurePolicy?'],
  ['a key in a section that has none such', { image: { imagePullSecrets: [] } }, 'did you mean imagePullSecrets?'],
  [
    'nothing that resembles a key of its section',
    { proxy: { insecure: true } },
    'proxy.insecure is no key of this chart; in proxy there are domain, registryDomain, otherDomains, template, verify.',
  ],
  [
    'nothing that resembles a key',
    { ingress: {} },
    "ingress is no key of this chart; the chart's README lists them all.",
  ],
  ['a label in place of a selector', { webhook: { namespaceSelector: { team: 'a' } } }, 'there are matchLabels, match'],
  ['a key three sections deep', { metrics: { serviceMonitor: { intervall: '1m' } } }, 'serviceMonitor.interval?'],
]

describeWithHelm('a key that the chart does not have', () => {
  for (const [name, values, message] of mistaken) {
    it(`is told with what may have been meant: ${name}`, async () => {
      const said = await Promise.all(helms.map((helm) => refusal(helm, { ...licensed, ...values })))
      for (const text of said) expect(text).to.include(message)
    })
  }

  it('is told together with every other one, and with what else is wrong', async () => {
    for (const helm of helms) {
      const said = await refusal(helm, { replicacount: 3, log: { levl: 'info' }, preStopSleepSeconds: 30 })
      expect(said)
        .to.include('did you mean replicaCount?')
        .and.include('did you mean log.level?')
        .and.include('appSlug is not set')
        .and.include('terminationGracePeriodSeconds must be more')
    }
  })

  it('is no mistake where Kubernetes says what a value holds, or the parent chart does', async () => {
    const free = { nodeSelector: { disk: 'ssd' }, affinity: { nodeAffinity: {} }, global: { anything: { at: 'all' } } }
    expect(await manifests({ ...licensed, ...free })).not.to.be.empty
  })
})
