import { expect } from 'chai'
import { useAdmission } from './support/admission.ts'
import { api, pod, proxied } from './support/pods.ts'

describe('opting out', () => {
  const admission = useAdmission()
  const untouched = { images: { api: api.image }, pullSecrets: [], originals: undefined }
  const manifest = pod('api', { api: api.image })

  it('leaves every Pod alone in a namespace that is labelled for it', async () => {
    const { cluster, ignoredNamespace } = admission
    await cluster().apply(JSON.stringify(manifest), `--namespace=${ignoredNamespace}`)
    expect(await admission.pod('api', ignoredNamespace)).to.deep.equal(untouched)
  })

  it('leaves a Pod alone that is labelled for it', async () => {
    await admission.apply({
      ...manifest,
      metadata: { name: 'labelled', labels: { 'image-proxy-webhook/ignore': 'true' } },
    })
    expect(await admission.pod('labelled')).to.deep.equal(untouched)
  })

  it('leaves a Pod alone that gets the label together with another image', async () => {
    await admission.apply(pod('labelled-later', { api: 'redis:7' }))
    const labelled = { name: 'labelled-later', labels: { 'image-proxy-webhook/ignore': 'true' } }
    const { stderr } = await admission.apply({ ...pod('labelled-later', { api: api.image }), metadata: labelled })
    expect(stderr).to.equal('')
    expect(await admission.pod('labelled-later')).to.deep.equal(untouched)
  })

  it('looks after a Pod whose label says something else', async () => {
    await admission.apply({
      ...manifest,
      metadata: { name: 'unignored', labels: { 'image-proxy-webhook/ignore': 'false' } },
    })
    expect((await admission.pod('unignored')).images).to.deep.equal({ api: api.proxied })
  })

  it("leaves those containers alone that the Pod's annotation names", async () => {
    const migrations = proxied('quay.io/my-org/migrations:v1.0.1')
    const images = { api: api.image, migrations: migrations.image }
    const annotations = { 'image-proxy-webhook/ignore-containers': 'migrations' }
    await admission.apply({ ...pod('annotated', images), metadata: { name: 'annotated', annotations } })
    const { images: found, originals } = await admission.pod('annotated')
    expect(found).to.deep.equal({ api: api.proxied, migrations: migrations.image })
    expect(originals).to.deep.equal({ api: api.image })
  })
})
