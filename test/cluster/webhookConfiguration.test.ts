import { expect } from 'chai'
import type { V1LabelSelector } from '@kubernetes/client-node'
import { watchWebhookConfiguration, type WebhookConfiguration } from '../../src/cluster/webhookConfiguration.ts'
import { createAuthority } from '../../testbed/certificates.ts'
import { configurationFor, configurationPath } from '../support/clusterObjects.ts'
import { eventually } from '../support/eventually.ts'
import { startMemoryCluster, type MemoryCluster } from '../support/memoryCluster.ts'

describe('The MutatingWebhookConfiguration', () => {
  let cluster: MemoryCluster
  let configuration: WebhookConfiguration

  beforeEach(async () => {
    cluster = await startMemoryCluster()
  })
  afterEach(async () => {
    configuration.stop()
    await cluster.close()
  })

  async function follow(state: ReturnType<WebhookConfiguration['state']>): Promise<void> {
    configuration = watchWebhookConfiguration({ api: cluster.api, name: 'webhook' })
    await becomes(state)
  }
  const becomes = (state: ReturnType<WebhookConfiguration['state']>) =>
    eventually(() => {
      expect(configuration.state()).to.equal(state)
    })

  it('is absent before it is there, then present, and deleted afterwards', async () => {
    await follow('absent')
    cluster.put(configurationPath, configurationFor(['home']))
    await becomes('present')
    cluster.remove(configurationPath)
    await becomes('deleted')
  })

  const selectors: readonly (readonly [what: string, V1LabelSelector | undefined, boolean])[] = [
    [
      'by its name',
      { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['home'] }] },
      true,
    ],
    [
      'all but others',
      { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['x'] }] },
      true,
    ],
    [
      'another one',
      { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['x'] }] },
      false,
    ],
    ['by another label', { matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] }, false],
    ['everything', {}, false],
    ['nothing in particular', undefined, false],
  ]
  for (const [what, namespaceSelector, expected] of selectors) {
    it(`names ${expected ? 'a' : 'no'} namespace among those whose Pods are sent where it selects ${what}`, async () => {
      const webhook = { name: 'a', admissionReviewVersions: ['v1'], clientConfig: {}, sideEffects: 'None' }
      const webhooks = [{ ...webhook, ...(namespaceSelector && { namespaceSelector }) }]
      cluster.put(configurationPath, { metadata: { name: 'webhook' }, webhooks })
      await follow('present')
      expect(configuration.selects('home')).to.equal(expected)
    })
  }

  it('is not asked to trust an authority where it was deleted a moment before', async () => {
    cluster.put(configurationPath, configurationFor(['home']))
    await follow('present')
    cluster.intercept = ({ method }) => (method === 'PATCH' ? { status: 404 } : undefined)
    expect(await configuration.trust((await createAuthority()).certificate)).to.be.false
  })
})
