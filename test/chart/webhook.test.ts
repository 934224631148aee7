import { expect } from 'chai'
import { at, licensed, manifests, only } from './support/helm.ts'
import { describeWithHelm } from './support/programs.ts'

const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'

async function webhook(values: object = {}, path = 'webhooks.0'): Promise<unknown> {
  return at(only(await manifests({ ...licensed, ...values }), 'MutatingWebhookConfiguration'), path)
}

describeWithHelm('the webhook configuration', () => {
  it('lets Pods start when the webhook does not answer, unless told otherwise', async () => {
    expect(await webhook({}, 'webhooks.0.failurePolicy')).to.equal('Ignore')
    expect(await webhook({ webhook: { failurePolicy: 'Fail' } }, 'webhooks.0.failurePolicy')).to.equal('Fail')
  })

  it('waits for 5 s, and asks again after another webhook', async () => {
    expect(await webhook()).to.deep.include({
      timeoutSeconds: 5,
      reinvocationPolicy: 'IfNeeded',
      matchPolicy: 'Equivalent',
      admissionReviewVersions: ['v1'],
    })
  })

  it('covers the creation of Pods, changes of their images and ephemeral containers', async () => {
    const rule = { apiGroups: [''], apiVersions: ['v1'], scope: 'Namespaced' }
    expect(await webhook({}, 'webhooks.0.rules')).to.deep.equal([
      { ...rule, operations: ['CREATE', 'UPDATE'], resources: ['pods'] },
      { ...rule, operations: ['UPDATE'], resources: ['pods/ephemeralcontainers'] },
    ])
  })

  it('tells of the side effect of copying the pull secret', async () => {
    expect(await webhook({}, 'webhooks.0.sideEffects')).to.equal('NoneOnDryRun')
    expect(await webhook({ pullSecret: { provision: false } }, 'webhooks.0.sideEffects')).to.equal('None')
  })

  it("never sends the webhook's own Pods to it", async () => {
    const objects = await manifests({ ...licensed, podLabels: { 'image-proxy-webhook/ignore': 'false' } })
    const labels = at(only(objects, 'Deployment'), 'spec.template.metadata.labels')
    expect(labels).to.have.property('image-proxy-webhook/ignore', 'true')
    expect(await webhook({}, 'webhooks.0.objectSelector')).to.deep.equal({
      matchExpressions: [{ key: 'image-proxy-webhook/ignore', operator: 'NotIn', values: ['true'] }],
    })
  })

  it('leaves out mirrors of static Pods, ignored Pods and updates without a new image', async () => {
    const conditions = (await webhook({}, 'webhooks.0.matchConditions')) as readonly {
      name: string
      expression: string
    }[]
    const images = ['containers', 'initContainers', 'ephemeralContainers']
    const changed = conditions.find(({ name }) => name === 'images-changed')?.expression ?? ''
    expect(conditions.slice(0, 2)).to.deep.equal([
      {
        name: 'no-mirror-pods',
        expression:
          "!has(object.metadata.annotations) || !('kubernetes.io/config.mirror' in object.metadata.annotations)",
      },
      {
        name: 'not-ignored',
        expression:
          "!has(object.metadata.labels) || !('image-proxy-webhook/ignore' in object.metadata.labels) || " +
          "object.metadata.labels['image-proxy-webhook/ignore'] != 'true'",
      },
    ])
    expect(changed.match(/\b(?:object|oldObject)\.spec\.\??\w+/g)).to.have.members(
      images.flatMap((key) => [
        `object.spec.${key === 'containers' ? '' : '?'}${key}`,
        `oldObject.spec.${key === 'containers' ? '' : '?'}${key}`,
      ]),
    )
  })

  it("adds the user's match conditions to its own", async () => {
    const condition = { name: 'mine', expression: 'true' }
    const conditions = await webhook({ webhook: { matchConditions: [condition] } }, 'webhooks.0.matchConditions')
    expect(conditions).to.be.an('array').that.has.length(4).and.deep.includes(condition)
  })

  it('leaves the caBundle to the webhook, or to cert-manager', async () => {
    for (const mode of ['self', 'cert-manager']) {
      expect(await webhook({ tls: { mode } }, 'webhooks.0.clientConfig')).not.to.have.property('caBundle')
    }
    expect(await webhook({ tls: { mode: 'cert-manager' } }, 'metadata.annotations')).to.include({
      'cert-manager.io/inject-ca-from': 'image-proxy-system/proxy-image-proxy-webhook-tls',
    })
  })

  it('takes the caBundle of an existing certificate as PEM', async () => {
    const tls = { mode: 'existingSecret', existingSecret: 'cert', caBundle: pem }
    const bundle = await webhook({ tls }, 'webhooks.0.clientConfig.caBundle')
    expect(Buffer.from(String(bundle), 'base64').toString()).to.equal(pem)
  })

  it("names the webhook's Service, whose ports are those of the Pods", async () => {
    const objects = await manifests({ ...licensed, containerPorts: { https: 10443 } })
    expect(await webhook({}, 'webhooks.0.clientConfig.service')).to.deep.equal({
      name: 'proxy-image-proxy-webhook',
      namespace: 'image-proxy-system',
      path: '/mutate',
      port: 443,
    })
    expect(at(only(objects, 'Service'), 'spec.ports.0')).to.include({ port: 443, targetPort: 'https' })
    expect(at(only(objects, 'Deployment'), 'spec.template.spec.containers.0.ports.0')).to.include({
      name: 'https',
      containerPort: 10443,
    })
  })

  it('keeps AKS from changing its namespaceSelector, unless told otherwise', async () => {
    const annotation = 'admissions.enforcer/disabled'
    expect(await webhook({}, 'metadata.annotations')).to.deep.equal({ [annotation]: 'true' })
    expect(await webhook({ webhook: { annotations: { [annotation]: null } } }, 'metadata.annotations')).to.equal(
      undefined,
    )
  })
})
