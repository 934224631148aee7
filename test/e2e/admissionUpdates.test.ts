import type { V1Pod } from '@kubernetes/client-node'
import { expect } from 'chai'
import { useAdmission } from './support/admission.ts'
import { api, pod, proxied, pullSecret, stored } from './support/pods.ts'

describe('a Pod that exists', () => {
  const admission = useAdmission()
  const next = proxied('quay.io/my-org/api:v1.0.2')
  const tools = proxied('quay.io/my-org/debug-tools:2')

  it('keeps the image behind the proxy when its manifest is applied once more', async () => {
    const manifest = pod('applied-twice', { api: api.image })
    await admission.apply(manifest)
    const before = await admission.pod('applied-twice')
    await admission.apply(manifest)
    expect(await admission.pod('applied-twice')).to.deep.equal(before)
    expect(before.images).to.deep.equal({ api: api.proxied })
  })

  it('gets the image behind the proxy that kubectl sets', async () => {
    await admission.apply(pod('set', { api: api.image }))
    await admission.kubectl('set', 'image', 'pod/set', `api=${next.image}`)
    expect(await admission.pod('set')).to.deep.equal({
      images: { api: next.proxied },
      pullSecrets: [pullSecret],
      originals: { api: next.image },
    })
  })

  it('gets a public image as it is, and tells no longer of an original', async () => {
    await admission.apply(pod('set-public', { api: api.image }))
    await admission.kubectl('set', 'image', 'pod/set-public', 'api=redis:7')
    const { images, originals } = await admission.pod('set-public')
    expect({ images, originals }).to.deep.equal({ images: { api: 'redis:7' }, originals: undefined })
  })

  it('gets a private image as it is, with a warning, where it lacks the pull secret', async () => {
    await admission.apply(pod('set-without-secret', { api: 'redis:7' }))
    const { stderr } = await admission.kubectl('set', 'image', 'pod/set-without-secret', `api=${api.image}`)
    expect(stderr).to.include(`Warning: image "${api.image}" is left alone: this Pod lacks the pull secret`)
    expect((await admission.pod('set-without-secret')).images).to.deep.equal({ api: api.image })
  })

  it('changes in nothing else when it gets a label', async () => {
    await admission.apply(pod('labelled', { api: api.image }))
    const before = await admission.pod('labelled')
    const { stderr } = await admission.kubectl('label', 'pod/labelled', 'tier=web')
    expect(stderr).to.equal('')
    expect(await admission.pod('labelled')).to.deep.equal(before)
  })

  it("has kubectl debug's image behind the proxy, and everything else as it was", async () => {
    await admission.apply(pod('debugged', { api: api.image }))
    const before = await admission.pod('debugged')
    await admission.kubectl(
      ...['debug', 'debugged', '--container=debugger', '--target=api', '--profile=general', `--image=${tools.image}`],
    )
    expect(await admission.pod('debugged')).to.deep.equal({
      ...before,
      images: { ...before.images, debugger: tools.proxied },
    })
  })

  it('can be deleted', async () => {
    await admission.apply(pod('deleted', { api: api.image }))
    const { stderr } = await admission.kubectl('delete', 'pod/deleted', '--grace-period=0', '--force', '--wait=true')
    expect(stderr).not.to.include('image-proxy-webhook')
    const { stdout } = await admission.kubectl('get', 'pod', 'deleted', '--ignore-not-found')
    expect(stdout).to.equal('')
  })
})

describe('a Pod of a server dry run', () => {
  const admission = useAdmission()

  it('is shown as it would be stored, and is not stored', async () => {
    const { stdout } = await admission.apply(pod('dry', { api: api.image }), '--dry-run=server', '--output=json')
    expect(stored(JSON.parse(stdout) as V1Pod)).to.deep.equal({
      images: { api: api.proxied },
      pullSecrets: [pullSecret],
      originals: { api: api.image },
    })
    expect((await admission.kubectl('get', 'pod', 'dry', '--ignore-not-found')).stdout).to.equal('')
  })
})
