import { expect } from 'chai'
import { parse as parseYaml } from 'yaml'
import { at, configText, licensed, manifests, only, type Manifest } from './support/helm.ts'
import { describeWithHelm } from './support/programs.ts'

const rendered = (values: object, args: readonly string[] = []) => manifests({ ...licensed, ...values }, { args })
const found = async (kind: string, path: string, values: object = {}, args: readonly string[] = []) =>
  at(only(await rendered(values, args), kind), path)

const pod = 'spec.template.spec'
const container = `${pod}.containers.0`

describeWithHelm('the chart on OpenShift', () => {
  const openShift = ['--api-versions=security.openshift.io/v1']

  it('leaves user, group and seccomp profile to the cluster, and keeps all else', async () => {
    for (const [kind, path] of [
      ['Deployment', `${pod}.securityContext`],
      ['Pod', 'spec.securityContext'],
    ] as const) {
      expect(await found(kind, path, {}, openShift)).to.deep.equal({ runAsNonRoot: true })
    }
  })

  it('leaves the user to the cluster anywhere with openshift: enabled, and nowhere with openshift: disabled', async () => {
    const context = `${pod}.securityContext`
    expect(await found('Deployment', context, { openshift: 'enabled' })).not.to.have.property('runAsUser')
    expect(await found('Deployment', context, { openshift: 'disabled' }, openShift)).to.have.property('runAsUser')
  })
})

describeWithHelm('CAs of another ConfigMap or Secret', () => {
  for (const [key, kind] of [
    ['caConfigMap', 'configMap'],
    ['caSecret', 'secret'],
  ] as const) {
    it(`are mounted for check.${key}, and named to the webhook`, async () => {
      const objects = await rendered({ check: { [key]: { name: 'company-cas', key: 'bundle.pem' } } })
      expect(at(only(objects, 'Deployment'), `${pod}.volumes.0.projected.sources`)).to.deep.include({
        [kind]: { name: 'company-cas', items: [{ key: 'bundle.pem', path: 'ca.pem' }] },
      })
      const check = at(parseYaml(configText(objects)), 'check')
      expect(check).to.include({ caFile: '/etc/image-proxy-webhook/ca.pem' }).and.not.have.property(key)
    })
  }
})

describeWithHelm('annotations', () => {
  const common = { 'example.com/owner': 'platform' }

  it('of commonAnnotations are on every object', async () => {
    const everything = [
      `--values=${new URL('../../charts/image-proxy-webhook/ci/everywhere-values.yaml', import.meta.url).pathname}`,
    ]
    for (const object of await rendered({ commonAnnotations: common, extraObjects: [] }, everything)) {
      if (object.metadata.name !== 'proxy-extra') expect(object.metadata.annotations, object.kind).to.include(common)
    }
  })

  it("of commonAnnotations do not reach the Deployment's Pods, which they would restart", async () => {
    const annotations = await found('Deployment', 'spec.template.metadata.annotations', { commonAnnotations: common })
    expect(annotations).not.to.have.property('example.com/owner')
  })

  it('of an object itself win over commonAnnotations', async () => {
    const values = { commonAnnotations: common, service: { annotations: { 'example.com/owner': 'network' } } }
    expect(await found('Service', 'metadata.annotations', values)).to.deep.equal({ 'example.com/owner': 'network' })
  })

  it('of deploymentAnnotations are on the Deployment alone', async () => {
    const objects = await rendered({ deploymentAnnotations: { 'reloader.stakater.com/auto': 'true' } })
    const having = objects.filter(({ metadata }) => metadata.annotations?.['reloader.stakater.com/auto'] === 'true')
    expect(having.map(({ kind }) => kind)).to.deep.equal(['Deployment'])
  })
})

describeWithHelm('a key that the values and the chart both set', () => {
  const owner = 'app.kubernetes.io/part-of'
  const labels = { release: 'prometheus', [owner]: 'monitoring' }
  const values = {
    commonLabels: { release: 'other', grafana_dashboard: 'no', 'troubleshoot.sh/kind': 'other' },
    metrics: {
      serviceMonitor: { enabled: true, labels },
      prometheusRule: { enabled: true, labels },
      dashboard: { enabled: true, labels },
    },
    troubleshoot: { supportBundle: { enabled: true }, preflight: { enabled: true } },
  }

  for (const [kind, name] of [
    ['ServiceMonitor', undefined],
    ['PrometheusRule', undefined],
    ['ConfigMap', 'proxy-image-proxy-webhook-dashboard'],
  ] as const) {
    it(`is said once, as the labels of the ${kind} have it`, async () => {
      expect(only(await rendered(values), kind, name).metadata.labels).to.include(labels)
    })
  }

  it('is said once on the specs of troubleshoot, which finds them by their label', async () => {
    const bundle = only(await rendered(values), 'Secret', 'proxy-image-proxy-webhook-support-bundle')
    expect(bundle.metadata.labels).to.include({ release: 'other', 'troubleshoot.sh/kind': 'support-bundle' })
  })

  it('is said once in annotations of the Pods, where the checksum stays', async () => {
    const path = 'spec.template.metadata.annotations'
    const own = { 'checksum/config': 'mine', 'checksum/license': 'mine' }
    const annotations = await found('Deployment', path, { podAnnotations: own })
    expect(annotations).to.deep.equal({ ...((await found('Deployment', path)) as object), 'checksum/license': 'mine' })
  })

  it('is said once where Pods are spread by keys of their own', async () => {
    const spread = { topologyKey: 'rack', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', matchLabelKeys: ['tier'] }
    const constraints = await found('Deployment', `${pod}.topologySpreadConstraints`, {
      topologySpreadConstraints: [spread],
    })
    expect(at(constraints, '0')).to.deep.include(spread)
  })

  it('is said once where the selector of a spread is left to the chart by null', async () => {
    const spread = { topologyKey: 'rack', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' }
    const path = `${pod}.topologySpreadConstraints`
    const unset = { topologySpreadConstraints: [{ ...spread, labelSelector: null, matchLabelKeys: null }] }
    expect(await found('Deployment', path, unset)).to.deep.equal(
      await found('Deployment', path, { topologySpreadConstraints: [spread] }),
    )
  })
})

describeWithHelm('the Deployment', () => {
  it('takes further containers, before the webhook and beside it', async () => {
    const [init, extra] = [
      { name: 'wait', image: 'busybox:1' },
      { name: 'proxy', image: 'envoy:1' },
    ]
    const spec = await found('Deployment', pod, { initContainers: [init], extraContainers: [extra] })
    expect(at(spec, 'initContainers')).to.deep.equal([init])
    expect(at(spec, 'containers.1')).to.deep.equal(extra)
  })

  it('keeps as many old ReplicaSets as it is told to', async () => {
    expect(await found('Deployment', 'spec.revisionHistoryLimit')).to.equal(10)
    expect(await found('Deployment', 'spec.revisionHistoryLimit', { revisionHistoryLimit: 0 })).to.equal(0)
  })

  it('asks for ephemeral storage, without which Autopilot reserves a gigabyte', async () => {
    expect(await found('Deployment', `${container}.resources.requests.ephemeral-storage`)).to.equal('64Mi')
  })

  it('probes as often as it is told to, and keeps what it is not told', async () => {
    const values = { livenessProbe: { failureThreshold: 9 }, readinessProbe: { periodSeconds: 7 } }
    expect(await found('Deployment', `${container}.livenessProbe`, values)).to.deep.equal({
      httpGet: { path: '/livez', port: 'metrics' },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 9,
    })
    expect(await found('Deployment', `${container}.readinessProbe`, values)).to.deep.include({
      httpGet: { path: '/readyz', port: 'metrics' },
      periodSeconds: 7,
      failureThreshold: 2,
    })
  })

  it('has a startup probe where one is asked for', async () => {
    const startupProbe = { periodSeconds: 1, failureThreshold: 60 }
    expect(await found('Deployment', container)).not.to.have.property('startupProbe')
    expect(await found('Deployment', `${container}.startupProbe`, { startupProbe })).to.deep.equal({
      httpGet: { path: '/livez', port: 'metrics' },
      ...startupProbe,
    })
  })
})

describeWithHelm('the Service', () => {
  it("is of the cluster's address families, unless told otherwise", async () => {
    expect(await found('Service', 'spec')).not.to.have.any.keys('ipFamilyPolicy', 'ipFamilies')
    const service = { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] }
    expect(await found('Service', 'spec', { service })).to.include({ ipFamilyPolicy: 'PreferDualStack' })
    expect(await found('Service', 'spec.ipFamilies', { service })).to.deep.equal(['IPv6', 'IPv4'])
  })
})

describeWithHelm('the PodDisruptionBudget', () => {
  const limits = async (podDisruptionBudget: object) => {
    const spec = await found('PodDisruptionBudget', 'spec', { replicaCount: 3, podDisruptionBudget })
    return { maxUnavailable: at(spec, 'maxUnavailable'), minAvailable: at(spec, 'minAvailable') }
  }

  it('says how many Pods may go, or how many must stay', async () => {
    expect(await limits({})).to.deep.equal({ maxUnavailable: 1, minAvailable: undefined })
    expect(await limits({ minAvailable: 0 })).to.deep.equal({ maxUnavailable: undefined, minAvailable: 0 })
    expect(await limits({ minAvailable: '50%' })).to.deep.equal({ maxUnavailable: undefined, minAvailable: '50%' })
  })
})

describeWithHelm('the HorizontalPodAutoscaler', () => {
  const target = (name: string, averageUtilization: number) => ({
    type: 'Resource',
    resource: { name, target: { type: 'Utilization', averageUtilization } },
  })
  const spec = (autoscaling: object) =>
    found('HorizontalPodAutoscaler', 'spec', { autoscaling: { enabled: true, ...autoscaling } })

  it('looks at CPU, and at memory where it is told to', async () => {
    expect(at(await spec({}), 'metrics')).to.deep.equal([target('cpu', 70)])
    const both = await spec({ targetMemoryUtilizationPercentage: 80 })
    expect(at(both, 'metrics')).to.deep.equal([target('cpu', 70), target('memory', 80)])
    const memory = await spec({ targetMemoryUtilizationPercentage: 80, targetCPUUtilizationPercentage: 0 })
    expect(at(memory, 'metrics')).to.deep.equal([target('memory', 80)])
  })

  it('adds and removes replicas as fast as it is told to', async () => {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 600 } }
    expect(await spec({})).not.to.have.property('behavior')
    expect(at(await spec({ behavior }), 'behavior')).to.deep.equal(behavior)
  })
})

describeWithHelm('the ServiceMonitor', () => {
  const monitor = async (values: object): Promise<Manifest> =>
    only(await rendered({ metrics: { serviceMonitor: { enabled: true, ...values } } }), 'ServiceMonitor')

  it("looks in the release's namespace, wherever it is itself", async () => {
    const { metadata, ...rest } = await monitor({ namespace: 'monitoring' })
    expect([metadata.namespace, at(rest, 'spec.namespaceSelector.matchNames')]).to.deep.equal([
      'monitoring',
      ['image-proxy-system'],
    ])
  })

  it('has no timeout and no relabelings of its own', async () => {
    expect(at(await monitor({}), 'spec.endpoints')).to.deep.equal([
      { port: 'metrics', path: '/metrics', interval: '30s' },
    ])
  })

  it('takes a timeout and relabelings', async () => {
    const given = {
      scrapeTimeout: '5s',
      relabelings: [{ action: 'labeldrop', regex: 'pod' }],
      metricRelabelings: [{ action: 'drop', sourceLabels: ['__name__'], regex: 'nodejs_.*' }],
    }
    expect(at(await monitor(given), 'spec.endpoints.0')).to.deep.include(given)
  })
})

describeWithHelm('the oldest version of TLS', () => {
  it('is 1.2, unless told otherwise, wherever the certificate comes from', async () => {
    const spoken = async (tls: object) => at(parseYaml(configText(await rendered({ tls }))), 'server.tls.minVersion')
    expect([await spoken({}), await spoken({ minVersion: '1.3' })]).to.deep.equal(['1.2', '1.3'])
    expect(await spoken({ mode: 'cert-manager', minVersion: '1.3' })).to.equal('1.3')
  })
})
