import { expect } from 'chai'
import { loadConfig } from '../../src/config/load.ts'
import { at, configText, idOf, licensed, lint, manifests, only, parse, render } from './support/helm.ts'
import { describeWithHelm, helms } from './support/programs.ts'
import { valuesFiles } from './support/valuesFiles.ts'

describeWithHelm('the chart', () => {
  for (const helm of helms) {
    it(`passes the strict lint of ${helm} as it is`, () => lint(helm))

    for (const [name, args] of valuesFiles) {
      it(`passes the strict lint of ${helm} with ${name}`, () => lint(helm, ...args))

      it(`is rendered by ${helm} to the same bytes again, with ${name}`, async () => {
        expect(await render(helm, {}, { args })).to.equal(await render(helm, {}, { args }))
      })
    }
  }

  for (const [name, args] of valuesFiles) {
    it(`is the same for Helm 3 and Helm 4 with ${name}`, async () => {
      const [three, four] = await Promise.all(helms.map(async (helm) => byId(await render(helm, {}, { args }))))
      expect(three).to.deep.equal(four)
    })

    it(`gives each object a name that no other has, with ${name}`, async () => {
      const ids = (await manifests({}, { args })).map(idOf)
      expect(ids).to.have.length(new Set(ids).size)
    })

    it(`writes a configuration that the webhook accepts, with ${name}`, async () => {
      const text = configText(await manifests({}, { args }))
      expect(() => loadConfig({ text, env: {}, terminal: false })).not.to.throw()
    })
  }

  const oldest = '1.30.0'
  for (const version of [oldest, 'v1.30.4-eks-a737599', 'v1.31.1-gke.100', 'v1.34.0+k3s1', '1.35.0']) {
    it(`is for Kubernetes ${version}`, async () => {
      for (const helm of helms) {
        expect(await manifests(licensed, { args: [`--kube-version=${version}`] }, helm)).not.to.be.empty
      }
    })
  }

  for (const version of ['1.28.15', 'v1.29.9-eks-a737599']) {
    it(`is refused by Helm on Kubernetes ${version}, which has no sleep before a stop, with the oldest that would do`, async () => {
      for (const helm of helms) {
        const said: unknown = await render(helm, licensed, { args: [`--kube-version=${version}`] }).catch(
          (error: unknown) => error,
        )
        expect(said).to.be.an('error').with.property('message').that.includes(`requires kubeVersion: >=${oldest}`)
      }
    })
  }

  it('is named by the release alone where that says it all', async () => {
    const { metadata } = only(await manifests(licensed, { name: 'my-image-proxy-webhook' }), 'Deployment')
    expect(metadata.name).to.equal('my-image-proxy-webhook')
  })

  it('takes whole names and parts of them from the values', async () => {
    const named = only(await manifests({ ...licensed, nameOverride: 'images' }), 'Deployment')
    const renamed = only(await manifests({ ...licensed, fullnameOverride: 'images' }), 'Deployment')
    expect([named.metadata.name, renamed.metadata.name]).to.deep.equal(['proxy-images', 'images'])
  })

  it('keeps names within 63 characters, in which a Service must fit', async () => {
    const name = `a${'b'.repeat(52)}`
    const { metadata } = only(await manifests(licensed, { name }), 'Service')
    expect(metadata.name)
      .to.match(/^ab{52}-\w{8}$/)
      .and.have.length.at.most(63)
  })

  it('renders templates in extra objects', async () => {
    const extra = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ .Release.Name }}-extra' } }
    const objects = await manifests({ ...licensed, extraObjects: [extra] })
    expect(objects.map(idOf)).to.include('ConfigMap proxy-extra')
  })

  it('has a dashboard that is JSON and reads metrics of the webhook', async () => {
    const objects = await manifests({ ...licensed, metrics: { dashboard: { enabled: true } } })
    const dashboard = only(objects, 'ConfigMap', 'proxy-image-proxy-webhook-dashboard')
    const json = Object.values(dashboard['data'] as Record<string, string>).join()
    expect(at(JSON.parse(json), 'panels.4.targets.0.expr')).to.match(/image_proxy_webhook_/)
  })
})

function byId(text: string): Map<string, unknown> {
  return new Map(parse(text).map((object) => [idOf(object), object]))
}
