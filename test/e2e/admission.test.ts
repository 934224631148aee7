import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { useAdmission } from './support/admission.ts'
import { required } from './support/cluster.ts'
import { api, pod, podSpec, proxied, pullSecret } from './support/pods.ts'
import { waitFor } from './support/wait.ts'

describe('a Pod that the API server stores', () => {
  const admission = useAdmission()
  const migrations = proxied('quay.io/my-org/migrations:v1.0.1')
  const models = proxied('quay.io/my-org/models:3')

  const spec = podSpec({ api: api.image, cache: 'redis:7' })
  const rewritten = {
    images: { api: api.proxied, cache: 'redis:7' },
    pullSecrets: [pullSecret],
    originals: { api: api.image },
  }

  function templated(app: string, more: object = {}) {
    return { metadata: { labels: { app } }, spec: { ...spec, ...more } }
  }

  const workloads: readonly { kind: string; apiVersion?: string; spec: (app: string) => object }[] = [
    { kind: 'Deployment', spec: (app) => ({ selector: { matchLabels: { app } }, template: templated(app) }) },
    {
      kind: 'StatefulSet',
      spec: (app) => ({ serviceName: app, selector: { matchLabels: { app } }, template: templated(app) }),
    },
    {
      kind: 'DaemonSet',
      // A DaemonSet makes no Pod that no node could take.
      spec: (app) => ({ selector: { matchLabels: { app } }, template: templated(app, { nodeSelector: {} }) }),
    },
    { kind: 'Job', apiVersion: 'batch/v1', spec: (app) => ({ template: templated(app, { restartPolicy: 'Never' }) }) },
  ]

  for (const { kind, apiVersion = 'apps/v1', spec } of workloads) {
    it(`has the private image behind the proxy, and the pull secret, where a ${kind} made it`, async () => {
      const app = kind.toLowerCase()
      await admission.apply({ apiVersion, kind, metadata: { name: app }, spec: spec(app) })
      expect(await admission.podOf(app)).to.deep.equal(rewritten)
    })
  }

  it('has the private image behind the proxy, and the pull secret, where a Job of a CronJob made it', async () => {
    const template = templated('cronjob', { restartPolicy: 'Never' })
    await admission.apply({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'nightly' },
      spec: { schedule: '0 3 * * *', suspend: true, jobTemplate: { spec: { template } } },
    })
    await admission.kubectl('create', 'job', 'by-hand', '--from=cronjob/nightly')
    expect(await admission.podOf('cronjob')).to.deep.equal(rewritten)
  })

  it('has the private image behind the proxy, and the pull secret, where nobody but the user made it', async () => {
    await admission.apply(pod('bare', { api: api.image, cache: 'redis:7' }))
    expect(await admission.pod('bare')).to.deep.equal(rewritten)
  })

  it('has init containers, sidecars and image volumes behind the proxy', async () => {
    const manifest = {
      ...pod('everywhere', { api: api.image }),
      spec: {
        ...podSpec({ api: api.image }),
        initContainers: [
          { name: 'wait', image: 'busybox:1.36' },
          { name: 'schema', image: migrations.image },
          { name: 'sidecar', image: 'my-org/private:1', restartPolicy: 'Always' },
        ],
        volumes: [{ name: 'model', image: { reference: models.image } }],
      },
    }
    await admission.apply(manifest)
    expect(await admission.pod('everywhere')).to.deep.equal({
      images: {
        wait: 'busybox:1.36',
        schema: migrations.proxied,
        sidecar: proxied('my-org/private:1').proxied,
        api: api.proxied,
        'volume/model': models.proxied,
      },
      pullSecrets: [pullSecret],
      originals: {
        schema: migrations.image,
        sidecar: 'my-org/private:1',
        api: api.image,
        'volume/model': models.image,
      },
    })
  })

  it('is as its author wrote it, and kubectl warns of nothing, where every image is public', async () => {
    const images = { wait: 'busybox:1.36', cache: 'redis:7', pause: 'registry.k8s.io/pause:3.10' }
    const { stderr } = await admission.apply(pod('public', images))
    expect(stderr).to.equal('')
    expect(await admission.pod('public')).to.deep.equal({ images, pullSecrets: [], originals: undefined })
  })

  it('has the pull secret where its images are on the proxy or in its registry already', async () => {
    const images = { worker: 'registry.replicated.com/my-app/worker:1.0.1', api: api.proxied }
    await admission.apply(pod('hosted', images))
    expect(await admission.pod('hosted')).to.deep.equal({ images, pullSecrets: [pullSecret], originals: undefined })
  })

  it("keeps its ServiceAccount's pull secrets, in front of ours", async () => {
    await admission.apply({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'builder' },
      imagePullSecrets: [{ name: 'registry-of-the-customer' }, { name: 'mirror-of-the-customer' }],
    })
    const manifest = pod('with-account', { api: api.image })
    await admission.apply({ ...manifest, spec: { ...manifest.spec, serviceAccountName: 'builder' } })
    const { pullSecrets } = await admission.pod('with-account')
    expect(pullSecrets).to.deep.equal(['registry-of-the-customer', 'mirror-of-the-customer', pullSecret])
  })

  it('is unchanged where it mirrors a static Pod, which the kubelet would not accept otherwise', async () => {
    const manifest = {
      ...pod('static', { api: api.image }),
      metadata: { name: 'static', namespace: admission.namespace },
      spec: { containers: [{ name: 'api', image: api.image }] },
    }
    const file = join(required(admission.cluster().env, 'CLUSTER_STATE'), 'manifests', `${admission.namespace}.yaml`)
    await writeFile(file, JSON.stringify(manifest))
    try {
      const mirror = await waitFor('the mirror Pod', async () => {
        const { stdout } = await admission.kubectl('get', 'pods', '--output=name')
        return stdout.split('\n').find((line) => line.startsWith('pod/static-'))
      })
      const stored = await admission.pod(mirror.replace('pod/', ''))
      expect(stored).to.deep.equal({ images: { api: api.image }, pullSecrets: [], originals: undefined })
    } finally {
      await rm(file)
    }
  })

  describe('with an image that stays where it is', () => {
    const cases = [
      {
        name: 'refused',
        image: 'ghcr.io/my-org/log-shipper:2',
        says: 'not readable without credentials, and the proxy',
      },
      { name: 'missing', image: 'quay.io/my-org/gone:1', says: 'its registry has no such manifest' },
      { name: 'invalid', image: 'quay.io/My-Org/api:1', says: 'is left alone' },
    ] as const
    for (const { name, image, says } of cases) {
      it(`makes kubectl print a warning about one that is ${name}`, async () => {
        const { stderr } = await admission.apply(pod(name, { one: image }))
        expect(stderr)
          .to.match(/^Warning: /)
          .and.include(`"${image}"`)
          .and.include(says)
        expect(await admission.pod(name)).to.deep.equal({
          images: { one: image },
          pullSecrets: [],
          originals: undefined,
        })
      })
    }
  })
})
