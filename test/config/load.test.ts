import { expect } from 'chai'

import type { Config } from '../../src/config/config.ts'
import { ConfigError, loadConfig } from '../../src/config/load.ts'

const minute = 60_000
const hour = 60 * minute

const defaults: Config = {
  appSlug: '',
  license: {},
  proxy: {
    domain: 'proxy.replicated.com',
    registryDomain: 'registry.replicated.com',
    otherDomains: [],
    template: '{domain}/proxy/{appSlug}/{image}',
    verify: true,
  },
  policy: {
    mode: 'rewrite',
    proxyPublicImages: false,
    onMissing: 'leave',
    onUnknown: 'leave',
    onUnverified: 'proxy',
    rules: [],
  },
  check: {
    deadline: 2500,
    timeout: 2000,
    total: 10_000,
    concurrency: 64,
    perHost: 16,
    allowedNetworks: [],
    endpoints: {},
    cache: {
      maxEntries: 10_000,
      public: 30 * minute,
      publicDigest: 6 * hour,
      private: 10 * minute,
      missing: minute,
      unknown: 15_000,
      stale: 24 * hour,
    },
  },
  pullSecret: { provision: true },
  repair: { enabled: true, perMinute: 20 },
  namespaces: [],
  excludedNamespaces: [],
  server: { port: 8443, tls: { minVersion: '1.2', mode: 'self', hosts: [] } },
  kubernetes: { requestsPerSecond: 20 },
  metrics: { port: 9090 },
  log: { level: 'info', format: 'json' },
}

const everyKey = `
appSlug: my-app
license:
  secret: my-license
  dockerConfigFile: /etc/license/.dockerconfigjson
  file: /etc/license/license.yaml
  id: 2ab3cd
proxy:
  domain: Images.Vendor.example
  registryDomain: registry.vendor.example:5000
  otherDomains: [proxy.replicated.com]
  template: "{domain}/proxy/{appSlug}/{image}"
  verify: false
policy:
  mode: audit
  proxyPublicImages: true
  onMissing: proxy
  onUnknown: proxy
  onUnverified: leave
  rules:
    - match: "quay.io/my-org/*"
      action: proxy
    - match: "**/internal/**"
      action: leave
    - { match: "registry.example.com:5000/*", action: proxy, template: "{domain}/{host}/{repository}{suffix}" }
check:
  deadline: 3s
  timeout: 1500ms
  total: 1m30s
  concurrency: 8
  perHost: 4
  allowedNetworks: [10.0.0.0/8, "fd00::/8"]
  caFile: /etc/ca.pem
  endpoints: { docker.io: "https://mirror.example.com/docker", localhost: "https://127.0.0.1:5001" }
  cache: { maxEntries: 5, public: 1h, publicDigest: 1d, private: 5m, missing: 0, unknown: 1s, stale: 0 }
pullSecret: { name: my-app-registry, provision: false }
repair: { enabled: false, perMinute: 1 }
namespaces: [my-app, "*"]
excludedNamespaces: [other]
server: { port: 0, tls: { minVersion: 1.3, mode: files, certFile: tls.crt, keyFile: tls.key, secret: my-tls, hosts: [webhook.my-app.svc, "::1"] } }
kubernetes: { namespace: my-system, webhookConfiguration: my.webhook, requestsPerSecond: 100 }
metrics: { port: 0 }
log: { level: debug, format: pretty }
`

describe('loadConfig', () => {
  it('gives every key its default where nothing is said', () => {
    expect(loadConfig({ env: {}, terminal: false })).to.deep.equal(defaults)
  })

  it('repairs Pods by default exactly where it provisions pull secrets', () => {
    const enabled = (text: string) => loadConfig({ text, env: {}, terminal: false }).repair.enabled
    expect([
      enabled('pullSecret: {provision: false}'),
      enabled('pullSecret: {provision: false}\nrepair: {enabled: true}'),
      enabled('repair: {enabled: false}'),
    ]).to.deep.equal([false, true, false])
  })

  for (const [name, text] of [
    ['an empty file', ''],
    ['a comment', '# nothing yet'],
    ['keys without values', 'check:\nserver:\n  tls:\nnamespaces:\n'],
  ] as const) {
    it(`takes ${name} for nothing said`, () => {
      expect(loadConfig({ text, env: {}, terminal: false })).to.deep.equal(defaults)
    })
  }

  it('reads every key', () => {
    expect(loadConfig({ text: everyKey, env: {}, terminal: false })).to.deep.equal({
      appSlug: 'my-app',
      license: {
        secret: 'my-license',
        dockerConfigFile: '/etc/license/.dockerconfigjson',
        file: '/etc/license/license.yaml',
        id: '2ab3cd',
      },
      proxy: {
        domain: 'images.vendor.example',
        registryDomain: 'registry.vendor.example:5000',
        otherDomains: ['proxy.replicated.com'],
        template: '{domain}/proxy/{appSlug}/{image}',
        verify: false,
      },
      policy: {
        mode: 'audit',
        proxyPublicImages: true,
        onMissing: 'proxy',
        onUnknown: 'proxy',
        onUnverified: 'leave',
        rules: [
          { match: 'quay.io/my-org/*', action: 'proxy' },
          { match: '**/internal/**', action: 'leave' },
          { match: 'registry.example.com:5000/*', action: 'proxy', template: '{domain}/{host}/{repository}{suffix}' },
        ],
      },
      check: {
        deadline: 3000,
        timeout: 1500,
        total: 90_000,
        concurrency: 8,
        perHost: 4,
        allowedNetworks: ['10.0.0.0/8', 'fd00::/8'],
        caFile: '/etc/ca.pem',
        endpoints: { 'docker.io': 'https://mirror.example.com/docker', localhost: 'https://127.0.0.1:5001' },
        cache: {
          maxEntries: 5,
          public: hour,
          publicDigest: 24 * hour,
          private: 5 * minute,
          missing: 0,
          unknown: 1000,
          stale: 0,
        },
      },
      pullSecret: { name: 'my-app-registry', provision: false },
      repair: { enabled: false, perMinute: 1 },
      namespaces: ['my-app', '*'],
      excludedNamespaces: ['other'],
      server: {
        port: 0,
        tls: {
          minVersion: '1.3',
          mode: 'files',
          certFile: 'tls.crt',
          keyFile: 'tls.key',
          secret: 'my-tls',
          hosts: ['webhook.my-app.svc', '::1'],
        },
      },
      kubernetes: { namespace: 'my-system', webhookConfiguration: 'my.webhook', requestsPerSecond: 100 },
      metrics: { port: 0 },
      log: { level: 'debug', format: 'pretty' },
    })
  })

  it('reads JSON', () => {
    const config = loadConfig({ text: '{"check": {"deadline": "1s"}}', env: {}, terminal: false })
    expect(config.check.deadline).to.equal(1000)
  })

  it('takes the certificate from files where both are given and no mode is', () => {
    const text = 'server: {tls: {certFile: a, keyFile: b}}'
    expect(loadConfig({ text, env: {}, terminal: false }).server.tls.mode).to.equal('files')
  })

  it('logs for people on a terminal', () => {
    expect(loadConfig({ env: {}, terminal: true }).log.format).to.equal('pretty')
  })

  it('logs JSON on a terminal where that is asked for', () => {
    expect(loadConfig({ text: 'log: {format: json}', env: {}, terminal: true }).log.format).to.equal('json')
  })

  describe('where the environment sets a key as well', () => {
    const overridden: readonly [what: string, text: string, env: Readonly<Record<string, string>>][] = [
      [
        'rules with an unknown key',
        'policy: {rules: [{match: "quay.io/*", acton: proxy}]}',
        { POLICY_RULES: '[{match: "quay.io/*", action: proxy}]' },
      ],
      ['endpoints that are a list', 'check: {endpoints: [1]}', { CHECK_ENDPOINTS: '{docker.io: "https://a.example"}' }],
      ['a value of another type', 'server: {tls: {hosts: 7}}', { SERVER_TLS_HOSTS: 'a.example.com' }],
    ]
    for (const [what, text, env] of overridden) {
      it(`does not mind ${what} in the file`, () => {
        const load = (text: string) => loadConfig({ text, env, terminal: false })
        expect(load(text)).to.deep.equal(load(''))
      })
    }

    it('tells the faults of its neighbours in the file', () => {
      const text = 'policy: {rules: [1], mod: audit}'
      expect(() => loadConfig({ text, file: 'a.yaml', env: { POLICY_RULES: '[]' }, terminal: false })).to.throw(
        ConfigError,
        /^policy\.mod: [^\n]+ \(a\.yaml:1:\d+\)$/,
      )
    })
  })

  it('freezes every part of it', () => {
    const thawed: string[] = []
    const visit = (value: unknown, path: string) => {
      if (typeof value !== 'object' || value === null) return
      if (!Object.isFrozen(value)) thawed.push(path)
      for (const [key, below] of Object.entries(value)) visit(below, `${path}.${key}`)
    }
    visit(loadConfig({ text: everyKey, env: {}, terminal: false }), 'config')
    expect(thawed).to.deep.equal([])
  })
})
