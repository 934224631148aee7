import { expect } from 'chai'
import { loadConfig } from '../../src/config/load.ts'
import { licensed, manifests, refusal } from './support/helm.ts'
import { describeWithHelm, helms } from './support/programs.ts'

const rule = (match: string, others: object = {}) => ({ policy: { rules: [{ match, action: 'proxy', ...others }] } })
const template = (template: string) => ({ proxy: { template } })
const pattern = 'matches nothing: expected a name without tag and digest, in lower case, registry first'
const network = (text: string) => ({ check: { allowedNetworks: [text] } })

/** Values of the webhook's own configuration, which refuses them as well. */
const configuration: readonly (readonly [object, string])[] = [
  [
    template('{domain}/proxy/{slug}/{image}'),
    'proxy.template has the unknown placeholder {slug}; there are {domain}, ',
  ],
  [template('{domain}/proxy/{image'), 'proxy.template has a brace without its counterpart'],
  [template('proxy/{image}'), 'proxy.template must begin with {domain} or the host of a registry, and a slash'],
  [template('{image}'), 'proxy.template must begin with {domain} or the host of a registry, and a slash'],
  [template('{domain}/proxy/{appSlug}'), 'proxy.template must name the image by {image} or {repository}'],
  [template('{domain}/{repository}'), 'proxy.template must keep tag and digest by {image} or {suffix}'],
  [template('{domain}/Proxy/{image}'), 'proxy.template makes no valid reference of quay.io/org/app:1'],
  [template('{domain}//{image}'), 'proxy.template makes no valid reference of quay.io/org/app:1'],
  [template('{domain}/{repository}{tag}'), 'proxy.template makes no valid reference of quay.io/org/app:1'],
  [rule('redis'), `policy.rules[0].match "redis" ${pattern}`],
  [rule('my-org/app'), `policy.rules[0].match "my-org/app" ${pattern}`],
  [rule('quay.io/My-Org/*'), pattern],
  [rule('quay.io/org/app:1'), pattern],
  [rule('https://quay.io/org'), pattern],
  [rule('quay.io/org//app'), pattern],
  [rule('quay.io/*', { template: '{domain}/{host}' }), 'policy.rules[0].template must name the image by'],
  [
    rule('quay.io/*', { action: 'leave', template: '{domain}/{image}' }),
    "policy.rules[0].template: only a rule with action proxy has a template, this one's is leave.",
  ],
  [{ proxy: { domain: 'proxy' } }, 'proxy.domain must be the host of a registry, such as registry.example.com'],
  [{ proxy: { registryDomain: 'example.com:70000' } }, 'proxy.registryDomain must be the host of a registry'],
  [{ proxy: { otherDomains: ['a.example', 'b..example'] } }, 'proxy.otherDomains[1] must be the host of a registry'],
  [{ check: { endpoints: { library: 'https://m.example' } } }, 'the key "library" of check.endpoints must be the host'],
  [{ check: { endpoints: { 'quay.io': 'https://me@m.example' } } }, 'instead of quay.io must be an https URL without'],
  [{ check: { endpoints: { 'quay.io': 'https://m.example?a' } } }, 'instead of quay.io must be an https URL without'],
  [
    { check: { endpoints: { 'index.docker.io': 'https://a.example', 'docker.io': 'https://b.example' } } },
    'check.endpoints: "docker.io" and "index.docker.io" are one registry; expected one URL for it.',
  ],
  [
    { check: { endpoints: { 'quay.io': 'https://a.example', 'QUAY.io': 'https://b.example' } } },
    'check.endpoints: "QUAY.io" and "quay.io" are one registry; expected one URL for it.',
  ],
  [
    network('10.0.0.0/33'),
    'check.allowedNetworks[0] must be a network such as 10.0.0.0/8 or fd00::/8, not "10.0.0.0/33"',
  ],
  [network('10.0.0.256/8'), 'must be a network such as 10.0.0.0/8'],
  [network('010.0.0.0/8'), 'must be a network such as 10.0.0.0/8'],
  [network('fd00:::/8'), 'must be a network such as 10.0.0.0/8'],
  [network('fd00::/129'), 'must be a network such as 10.0.0.0/8'],
  [{ check: { deadline: '20s' } }, 'check.deadline must be at most check.total (10s), not 20s.'],
  [{ check: { timeout: '1m' } }, 'check.timeout must be at most check.total (10s), not 1m.'],
  [{ check: { deadline: '0' } }, 'check.deadline must be at least 1ms, not 0.'],
  [{ check: { total: '0ms' } }, 'check.total must be at least 1ms, not 0ms.'],
  [{ check: { cache: { stale: '25d' } } }, 'check.cache.stale must be at most 24d, not 25d.'],
  [{ check: { cache: { public: '24d1ms' } } }, 'check.cache.public must be at most 24d, not 24d1ms.'],
]

/** Values that are the chart's alone. */
const objects: readonly (readonly [object, string])[] = [
  [{ containerPorts: { https: 9090 } }, 'containerPorts.https and containerPorts.metrics must differ; both are 9090.'],
  [{ image: { repository: 'ghcr.io/org/app:1' } }, 'image.repository holds a tag or a digest: put it into image.tag'],
  [{ image: { repository: 'https://ghcr.io/org/app' } }, 'image.repository must not begin with a scheme'],
  [{ image: { tag: 'a b' } }, 'image.tag "a b" cannot be a tag'],
  [{ image: { registry: 'https://ghcr.io' } }, 'image.registry must not begin with a scheme'],
  [{ global: { imageRegistry: 'https://ghcr.io' } }, 'global.imageRegistry must not begin with a scheme'],
  [
    { webhook: { matchConditions: [{ name: 'not-ignored', expression: 'true' }] } },
    "webhook.matchConditions[0] is named not-ignored, as one of the chart's own is",
  ],
  [
    { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: '0%' } } },
    'strategy.rollingUpdate.maxUnavailable and maxSurge are both 0: no Pod could ever be replaced.',
  ],
  [
    { podDisruptionBudget: { minAvailable: 2 } },
    'podDisruptionBudget.minAvailable 2 of 2 replicas would stop every drain of a node',
  ],
  [{ podDisruptionBudget: { minAvailable: '100%' } }, 'would stop every drain of a node'],
  [
    { podDisruptionBudget: { maxUnavailable: '0%' } },
    'podDisruptionBudget.maxUnavailable 0% would stop every drain of a node',
  ],
  [
    { autoscaling: { enabled: true, minReplicas: 4, maxReplicas: 3 } },
    'autoscaling.maxReplicas is less than autoscaling.minReplicas',
  ],
  [
    { autoscaling: { enabled: true }, resources: { requests: { cpu: null } } },
    'autoscaling looks at cpu in percent of resources.requests.cpu, which is not set.',
  ],
  [
    { autoscaling: { enabled: true, targetCPUUtilizationPercentage: 0 } },
    'autoscaling is enabled, and neither targetCPUUtilizationPercentage nor',
  ],
  [
    { service: { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4', 'IPv6'] } },
    'service.ipFamilies names two families, and service.ipFamilyPolicy is SingleStack.',
  ],
  [
    { tls: { mode: 'cert-manager', certManager: { duration: '24h' } } },
    'tls.certManager.renewBefore must be less than tls.certManager.duration (24h).',
  ],
  [
    { metrics: { serviceMonitor: { interval: '10s', scrapeTimeout: '1m' } } },
    'metrics.serviceMonitor.scrapeTimeout must be at most metrics.serviceMonitor.interval (10s).',
  ],
  [{ preStopSleepSeconds: 30 }, 'terminationGracePeriodSeconds must be more than preStopSleepSeconds'],
  [
    { extraContainers: [{ name: 'webhook', image: 'a' }] },
    'extraContainers and initContainers must not name two containers webhook.',
  ],
  [
    { extraVolumes: [{ name: 'config', emptyDir: {} }] },
    'extraVolumes must not name a volume config, which the chart has.',
  ],
]

/** What is unusual and fine. */
const fine: readonly object[] = [
  template('registry.example.com/mirror/{repository}{suffix}'),
  template('{domain}/{host}/{repository}@{digest}'),
  template('{domain}/{registry}/{repository}:{tag}'),
  rule('**'),
  rule('*.example.com/**'),
  rule('registry.example.com:5000/team/*', { template: '{domain}/{host}/{repository}{suffix}' }),
  rule('localhost/app'),
  { proxy: { domain: 'Registry.Example.com:5000', otherDomains: ['[fd00::1]:443'] } },
  { check: { allowedNetworks: ['0.0.0.0/0', '::/0', 'fd00::/8', '2001:db8::1/128', '::1/128', '1:2:3:4:5:6:7:8/64'] } },
  { check: { endpoints: { 'docker.io': 'https://mirror.example.com:5000/v2-path' } } },
  { check: { endpoints: { 'docker.io': 'https://a.example', 'registry-1.docker.io': 'https://a.example' } } },
  { check: { deadline: '10s', timeout: '9.5s', total: '10s', cache: { missing: '0', stale: '24d' } } },
]

function load(section: object): unknown {
  return loadConfig({ text: JSON.stringify({ appSlug: 'my-app', ...section }), env: {}, terminal: false })
}

describeWithHelm('a value that could not work', () => {
  for (const [values, message] of [...configuration, ...objects]) {
    it(`is refused by Helm, which says what is allowed: ${JSON.stringify(values)}`, async () => {
      const said = await Promise.all(helms.map((helm) => refusal(helm, { ...licensed, ...values })))
      for (const text of said) expect(text).to.include(message)
    })
  }

  for (const [values] of configuration) {
    it(`is refused by the webhook as well: ${JSON.stringify(values)}`, () => {
      expect(() => load(values)).to.throw()
    })
  }

  for (const values of fine) {
    it(`is not seen where the webhook takes it: ${JSON.stringify(values)}`, async () => {
      expect(() => load(values)).not.to.throw()
      expect(await manifests({ ...licensed, ...values })).not.to.be.empty
    })
  }
})
