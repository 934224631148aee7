import { expect } from 'chai'
import { at, chart, licensed, manifests, only, type Manifest } from './support/helm.ts'
import { describeWithHelm } from './support/programs.ts'

async function policy(path: string, values: object = {}, name = 'proxy-image-proxy-webhook'): Promise<unknown> {
  const objects = await manifests({ ...licensed, networkPolicy: { enabled: true, ...values } })
  return at(only(objects, 'NetworkPolicy', name), path)
}

const tcp = (...ports: readonly (string | number)[]) => ports.map((port) => ({ port, protocol: 'TCP' }))
const test = {
  podSelector: {
    matchLabels: { 'app.kubernetes.io/name': 'image-proxy-webhook-test', 'app.kubernetes.io/instance': 'proxy' },
  },
}

describeWithHelm('the network policy', () => {
  it('is made on demand', async () => {
    const isPolicy = ({ kind }: Manifest) => kind === 'NetworkPolicy'
    expect((await manifests(licensed)).some(isPolicy)).to.equal(false)
  })

  it("is about the webhook's Pods, both ways", async () => {
    expect(await policy('spec.podSelector.matchLabels')).to.deep.equal({
      'app.kubernetes.io/name': 'image-proxy-webhook',
      'app.kubernetes.io/instance': 'proxy',
    })
    expect(await policy('spec.policyTypes')).to.deep.equal(['Ingress', 'Egress'])
  })

  it('lets in reviews and metrics, and nothing else', async () => {
    expect(await policy('spec.ingress')).to.deep.equal([{ ports: tcp('https') }, { ports: tcp('metrics') }])
  })

  it('names ports that the Pods have', async () => {
    const ports = at(only(await manifests(licensed), 'Deployment'), 'spec.template.spec.containers.0.ports')
    expect(ports).to.deep.equal([
      { name: 'https', containerPort: 8443, protocol: 'TCP' },
      { name: 'metrics', containerPort: 9090, protocol: 'TCP' },
    ])
  })

  it('lets out to no port where none is listed: a rule without ports would open them all', async () => {
    const rules = await policy('spec.egress', { egressPorts: [] })
    expect(rules).to.have.lengthOf(1)
    expect(at(rules, '0.ports.0.port')).to.equal(53)
  })

  const from = [{ ipBlock: { cidr: '10.0.0.0/28' } }]
  for (const [key, port] of [
    ['webhookFrom', 'https'],
    ['metricsFrom', 'metrics'],
  ] as const) {
    it(`lets in to ${port} whom ${key} names, and the test of the chart`, async () => {
      expect(await policy('spec.ingress', { [key]: from })).to.deep.include({ ports: tcp(port), from: [...from, test] })
    })
  }

  it('names the labels of the test', async () => {
    const pod = only(await manifests(licensed), 'Pod')
    expect(pod.metadata.labels).to.include(test.podSelector.matchLabels)
  })

  it('lets out to DNS, also where its Pods listen on another port than its Service, as on OpenShift', async () => {
    const ports = [53, 5353].flatMap((port) => ['UDP', 'TCP'].map((protocol) => ({ port, protocol })))
    expect(await policy('spec.egress.0')).to.deep.equal({ ports })
  })

  it('lets out to registries and the API server', async () => {
    expect(await policy('spec.egress.1')).to.deep.equal({ ports: tcp(443, 6443) })
    expect(await policy('spec.egress.1', { egressPorts: [5000] })).to.deep.equal({ ports: tcp(5000) })
    expect(await policy('spec.egress')).to.have.length(2)
  })

  it('lets out to where else it is told to', async () => {
    const rule = { ports: tcp(3128) }
    expect(await policy('spec.egress.2', { extraEgress: [rule] })).to.deep.equal(rule)
  })

  it("lets the test's Pod ask the webhook where a namespace lets Pods connect to nothing", async () => {
    const name = 'proxy-image-proxy-webhook-test'
    expect(await policy('spec.podSelector', {}, name)).to.deep.equal(test.podSelector)
    expect(await policy('spec.policyTypes', {}, name)).to.deep.equal(['Ingress', 'Egress'])
    expect(await policy('spec.ingress', {}, name)).to.equal(undefined)
    expect(await policy('spec.egress', {}, name)).to.deep.equal([
      { to: [{ podSelector: await policy('spec.podSelector') }], ports: tcp('https', 'metrics') },
    ])
  })

  it('is on where the values are those for high availability', async () => {
    const objects = await manifests(licensed, { args: [`--values=${chart}/values-ha.yaml`] })
    expect(objects.filter(({ kind }) => kind === 'NetworkPolicy')).to.have.length(2)
  })
})
