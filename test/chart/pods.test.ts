import { expect } from 'chai'
import { at, licensed, manifests, only, type Manifest } from './support/helm.ts'
import { describeWithHelm } from './support/programs.ts'

async function objects(values: object = {}): Promise<Manifest[]> {
  return manifests({ ...licensed, ...values })
}

async function deployment(path: string, values: object = {}): Promise<unknown> {
  return at(only(await objects(values), 'Deployment'), path)
}

const pod = 'spec.template.spec'
const kinds = async (values: object) => (await objects(values)).map(({ kind }) => kind)

describeWithHelm("the webhook's Pods", () => {
  it('are two, of which none is missing during a rollout', async () => {
    expect(await deployment('spec.replicas')).to.equal(2)
    expect(await deployment('spec.strategy.rollingUpdate')).to.deep.equal({ maxUnavailable: 0, maxSurge: 1 })
  })

  it('leave their number to an autoscaler', async () => {
    expect(await deployment('spec', { autoscaling: { enabled: true } })).not.to.have.property('replicas')
    expect(await kinds({ autoscaling: { enabled: true } })).to.include('HorizontalPodAutoscaler')
  })

  const budgets: readonly (readonly [string, object, boolean])[] = [
    ['two replicas', {}, true],
    ['one replica, which could not be drained', { replicaCount: 1 }, false],
    ['an autoscaler', { replicaCount: 1, autoscaling: { enabled: true } }, true],
    ['an autoscaler that goes down to one', { autoscaling: { enabled: true, minReplicas: 1 } }, false],
    ['two replicas and none wanted', { podDisruptionBudget: { enabled: false } }, false],
  ]
  for (const [what, values, expected] of budgets) {
    it(`have ${expected ? 'a' : 'no'} disruption budget with ${what}`, async () => {
      expect((await kinds(values)).includes('PodDisruptionBudget')).to.equal(expected)
    })
  }

  it('do not stop a drain while they are not ready, because of the license for instance', async () => {
    expect(at(only(await objects(), 'PodDisruptionBudget'), 'spec.unhealthyPodEvictionPolicy')).to.equal('AlwaysAllow')
  })

  it('may all be replaced at once', async () => {
    expect(await deployment('spec.strategy', { strategy: { type: 'Recreate' } })).to.deep.equal({ type: 'Recreate' })
  })

  it('are spread over nodes and zones, and counted by rollout', async () => {
    const constraints = await deployment(`${pod}.topologySpreadConstraints`)
    expect(constraints).to.be.an('array').with.length(2)
    expect(at(constraints, '0')).to.deep.include({
      topologyKey: 'kubernetes.io/hostname',
      labelSelector: { matchLabels: await deployment('spec.selector.matchLabels') },
      matchLabelKeys: ['pod-template-hash'],
    })
  })

  it("are spread by the user's own selector where there is one", async () => {
    const own = {
      topologyKey: 'rack',
      maxSkew: 2,
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { a: 'b' } },
    }
    const constraints = await deployment(`${pod}.topologySpreadConstraints`, { topologySpreadConstraints: [own] })
    expect(constraints).to.deep.equal([own])
  })

  it('serve on while every API server hears of their end', async () => {
    expect(await deployment(`${pod}.containers.0.lifecycle`)).to.deep.equal({ preStop: { sleep: { seconds: 5 } } })
    expect(await deployment(`${pod}.containers.0`, { preStopSleepSeconds: 0 })).not.to.have.property('lifecycle')
  })

  it('run with priority, which a quota allows where one is asked for', async () => {
    expect(await deployment(`${pod}.priorityClassName`)).to.equal('system-cluster-critical')
    expect(await kinds({})).to.include('ResourceQuota')
    expect(await kinds({ priorityClassName: 'mine' })).not.to.include('ResourceQuota')
  })

  it('are as restricted as Pod Security knows', async () => {
    expect(await deployment(`${pod}.securityContext`)).to.deep.include({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(await deployment(`${pod}.containers.0.securityContext`)).to.deep.equal({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })

  it('look a registry up by its name before they try the search domains of the cluster', async () => {
    expect(await deployment(`${pod}.dnsConfig`)).to.deep.equal({ options: [{ name: 'ndots', value: '1' }] })
    expect(await deployment(pod, { dnsConfig: null })).not.to.have.property('dnsConfig')
  })

  it('count as there only once every node knows where they can be reached', async () => {
    expect(await deployment('spec.minReadySeconds')).to.equal(3)
  })

  it('cannot write to their configuration', async () => {
    expect(await deployment(`${pod}.containers.0.volumeMounts.0`)).to.include({ name: 'config', readOnly: true })
  })

  it('do not mistake the variables of Services for configuration', async () => {
    expect(await deployment(`${pod}.enableServiceLinks`)).to.equal(false)
  })

  it('restart when the configuration changes, and only then', async () => {
    const checksum = 'spec.template.metadata.annotations.checksum/config'
    const before = await deployment(checksum)
    expect(await deployment(checksum, { log: { level: 'debug' } })).not.to.equal(before)
    expect(await deployment(checksum, { check: { ca: '-----BEGIN CERTIFICATE-----' } })).not.to.equal(before)
    expect(await deployment(checksum, { webhook: { failurePolicy: 'Fail' } })).to.equal(before)
  })

  const images: readonly (readonly [object, string])[] = [
    [{ tag: 'v1' }, 'registry.example/webhook:v1'],
    [{ tag: 'v1', digest: `sha256:${'a'.repeat(64)}` }, `registry.example/webhook@sha256:${'a'.repeat(64)}`],
  ]
  for (const [image, expected] of images) {
    it(`run the image of the given ${Object.keys(image).join(' and ')}`, async () => {
      const values = { image: { repository: 'registry.example/webhook', ...image } }
      expect(await deployment(`${pod}.containers.0.image`, values)).to.equal(expected)
    })
  }

  it("take the user's labels, but not in place of those that select them", async () => {
    const labels = { tier: 'admission', 'app.kubernetes.io/name': 'other' }
    const template = await deployment('spec.template.metadata.labels', { podLabels: labels })
    expect(template).to.include({ tier: 'admission', 'app.kubernetes.io/name': 'image-proxy-webhook' })
  })

  it('wait for the Secret with their certificate where they do not make it', async () => {
    const sources = await deployment(`${pod}.volumes.0.projected.sources`, { tls: { mode: 'cert-manager' } })
    expect(at(sources, '1.secret'))
      .to.deep.include({ name: 'proxy-image-proxy-webhook-tls' })
      .and.not.have.property('optional')
  })

  it('take what else they are given', async () => {
    const extra = { extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://x' }], nodeSelector: { disk: 'ssd' } }
    const mounts = {
      extraVolumes: [{ name: 'more', emptyDir: {} }],
      extraVolumeMounts: [{ name: 'more', mountPath: '/more' }],
    }
    const spec = await deployment(pod, { ...extra, ...mounts, hostNetwork: true, imagePullSecrets: [{ name: 'a' }] })
    expect(spec).to.deep.include({
      nodeSelector: { disk: 'ssd' },
      hostNetwork: true,
      dnsPolicy: 'ClusterFirstWithHostNet',
      imagePullSecrets: [{ name: 'a' }],
    })
    expect(at(spec, 'containers.0.env')).to.deep.equal(extra.extraEnv)
    expect(at(spec, 'containers.0.volumeMounts.1')).to.deep.equal(mounts.extraVolumeMounts[0])
    expect(at(spec, 'volumes.1')).to.deep.equal(mounts.extraVolumes[0])
  })
})
