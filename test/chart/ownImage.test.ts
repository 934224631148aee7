import { expect } from 'chai'
import { at, licensed, manifests, only } from './support/helm.ts'
import manifest from '../../package.json' with { type: 'json' }
import { describeWithHelm } from './support/programs.ts'

const rendered = (values: object, args: readonly string[] = []) => manifests({ ...licensed, ...values }, { args })
const found = async (kind: string, path: string, values: object = {}, args: readonly string[] = []) =>
  at(only(await rendered(values, args), kind), path)

const pod = 'spec.template.spec'
const container = `${pod}.containers.0`
const repository = 'ghcr.io/image-proxy-webhook/image-proxy-webhook'

describeWithHelm("the webhook's own image", () => {
  const images: readonly (readonly [string, object, string])[] = [
    ['is where image.repository says', {}, `${repository}:${manifest.version}`],
    [
      'is on image.registry where the repository names no host',
      { image: { registry: 'registry.example.com:5000', repository: 'team/webhook' } },
      `registry.example.com:5000/team/webhook:${manifest.version}`,
    ],
    [
      'stays on the host that its repository names',
      { image: { registry: 'registry.example.com' } },
      `${repository}:${manifest.version}`,
    ],
    [
      'is on global.imageRegistry in place of its host',
      { global: { imageRegistry: 'registry.example.com' } },
      `registry.example.com/image-proxy-webhook/image-proxy-webhook:${manifest.version}`,
    ],
    [
      'is on global.imageRegistry rather than on image.registry',
      { global: { imageRegistry: 'a.example/' }, image: { registry: 'b.example', repository: 'webhook' } },
      `a.example/webhook:${manifest.version}`,
    ],
    [
      'is behind the licensed proxy where global.imageRegistry has its path',
      { global: { imageRegistry: 'proxy.replicated.com/proxy/my-app/ghcr.io' } },
      `proxy.replicated.com/proxy/my-app/ghcr.io/image-proxy-webhook/image-proxy-webhook:${manifest.version}`,
    ],
  ]
  for (const [what, values, expected] of images) {
    it(what, async () => {
      const objects = await rendered(values)
      expect(at(only(objects, 'Deployment'), `${container}.image`)).to.equal(expected)
      expect(at(only(objects, 'Pod'), 'spec.containers.0.image')).to.equal(expected)
    })
  }

  it("is pulled with the parent chart's Secrets and the chart's own, each once, by the test's Pod as well", async () => {
    const values = {
      global: { imagePullSecrets: ['all', { name: 'both' }] },
      imagePullSecrets: [{ name: 'both' }, { name: 'own' }],
    }
    const expected = [{ name: 'all' }, { name: 'both' }, { name: 'own' }]
    expect(await found('Deployment', `${pod}.imagePullSecrets`, values)).to.deep.equal(expected)
    expect(await found('Pod', 'spec.imagePullSecrets', values)).to.deep.equal(expected)
  })
})
