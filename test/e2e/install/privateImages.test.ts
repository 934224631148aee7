import { expect } from 'chai'
import { isObject, objectAt, arrayAt } from '../../../src/json.ts'
import { stored } from '../support/pods.ts'
import { appSlug, licenseId, pullSecret } from './support/accounts.ts'
import { app, release, useInstallation } from './support/installation.ts'
import { licensesOf, pulledByNode, pulledByVendor } from './support/pulls.ts'
import { deployment, untilRunning, type Images } from './support/workloads.ts'

const proxied = `proxy.replicated.com/proxy/${appSlug}`

describe('after one helm install, a Deployment runs', function () {
  this.timeout(120_000)
  const world = useInstallation()

  async function run(name: string, images: Images) {
    await world().cluster.apply(JSON.stringify(deployment(name, images)), `--namespace=${app}`)
    return stored(await untilRunning(world(), app, name))
  }

  const forms = [
    { form: 'tag', of: (tag: string) => `:${tag}` },
    { form: 'digest', of: (_: string, digest: string) => `@${digest}` },
    { form: 'tag and digest', of: (tag: string, digest: string) => `:${tag}@${digest}` },
  ]
  for (const [index, { form, of }] of forms.entries()) {
    it(`whose images are private, public and the vendor's own, by ${form}`, async () => {
      const { scene } = world()
      const tag = `1.0.${index}`
      const push = async (repository: string) => {
        const digest = await scene.push(`${repository}:${tag}`)
        return { digest, written: `${repository}${of(tag, digest)}` }
      }
      const secret = await push('quay.io/my-org/api')
      const open = await push('registry.k8s.io/tools/proxy')
      const own = await push('registry.replicated.com/my-app/web')

      const pod = await run(`by-${form.replaceAll(' ', '-')}`, {
        secret: secret.written,
        open: open.written,
        own: own.written,
      })

      expect(pod).to.deep.equal({
        images: { secret: `${proxied}/${secret.written}`, open: open.written, own: own.written },
        pullSecrets: [pullSecret],
        originals: { secret: secret.written },
      })
      expect(licensesOf(scene, 'proxy/my-app/quay.io/my-org/api', secret.digest)).to.deep.equal([licenseId])
      expect(licensesOf(scene, 'my-app/web', own.digest)).to.deep.equal([licenseId])
      expect(pulledByNode(scene, 'registry.k8s.io', 'tools/proxy')).to.include(
        `/v2/tools/proxy/manifests/${open.digest}`,
      )
      expect(pulledByVendor(scene, 'quay.io', 'my-org/api')).to.include(`/v2/my-org/api/manifests/${secret.digest}`)
      expect(pulledByNode(scene, 'quay.io', 'my-org/api')).to.deep.equal([])
    })
  }

  const elsewhere = [
    { where: 'Docker Hub', repository: 'my-org/worker', behind: 'my-org/worker' },
    {
      where: 'ECR',
      repository: '4999999999999.dkr.ecr.us-east-2.amazonaws.com/demo-apps/nginx',
      behind: '4999999999999.dkr.ecr.us-east-2.amazonaws.com/demo-apps/nginx',
    },
    { where: 'GCR', repository: 'gcr.io/my-project/app', behind: 'gcr.io/my-project/app' },
    {
      where: 'a registry with a port, by a rule with a template',
      repository: 'registry.example.com:5000/ns/image',
      behind: 'registry.example.com/ns/image',
    },
  ]
  it('whose private images are in registries of every kind', async () => {
    const { scene } = world()
    const pushed = await Promise.all(elsewhere.map(({ repository }) => scene.push(`${repository}:1`)))
    const name = (index: number) => `image-${index}`
    const pod = await run(
      'every-kind',
      Object.fromEntries(elsewhere.map(({ repository }, index) => [name(index), `${repository}:1`])),
    )
    for (const [index, { where, behind }] of elsewhere.entries()) {
      expect(pod.images[name(index)], where).to.equal(`${proxied}/${behind}:1`)
      expect(licensesOf(scene, `proxy/my-app/${behind}`, pushed[index] ?? ''), where).to.deep.equal([licenseId])
    }
  })

  it('whose image is public in a registry that has private ones as well', async () => {
    const { scene } = world()
    await scene.push('redis:7')
    const pod = await run('public-of-hub', { redis: 'redis:7' })
    expect(pod).to.deep.equal({ images: { redis: 'redis:7' }, pullSecrets: [], originals: undefined })
  })

  it("with the license in a pull secret that is the webhook's", async () => {
    const { stdout } = await world().cluster.kubectl([
      'get',
      'secret',
      pullSecret,
      `--namespace=${app}`,
      '--output=json',
    ])
    const secret: unknown = JSON.parse(stdout)
    const metadata = objectAt(secret, 'metadata')
    expect(isObject(secret) && secret['type']).to.equal('kubernetes.io/dockerconfigjson')
    expect(objectAt(metadata, 'labels')).to.include({ 'app.kubernetes.io/managed-by': 'image-proxy-webhook' })
    expect(
      arrayAt(metadata, 'ownerReferences').map((owner) => isObject(owner) && [owner['kind'], owner['name']]),
    ).to.deep.equal([['MutatingWebhookConfiguration', release.name]])
  })
})
