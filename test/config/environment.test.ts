import { expect } from 'chai'

import { unknownVariables, variables } from '../../src/config/environment.ts'
import { loadConfig } from '../../src/config/load.ts'
import { faultsOf } from '../support/faults.ts'

/** For each variable a text, and the value of its key that it stands for. A key without a row fails the first test. */
const table: Readonly<Record<string, readonly [text: string, value: unknown]>> = {
  APP_SLUG: ['my-app', 'my-app'],
  LICENSE_SECRET: ['a', 'a'],
  LICENSE_DOCKER_CONFIG_FILE: ['/a', '/a'],
  LICENSE_FILE: ['/a', '/a'],
  LICENSE_ID: ['12345', '12345'],
  PROXY_DOMAIN: ['a.example', 'a.example'],
  PROXY_REGISTRY_DOMAIN: ['a.example', 'a.example'],
  PROXY_OTHER_DOMAINS: ['a.example,b.example', ['a.example', 'b.example']],
  PROXY_TEMPLATE: ['{domain}/x/{image}', '{domain}/x/{image}'],
  PROXY_VERIFY: ['false', false],
  POLICY_MODE: ['audit', 'audit'],
  POLICY_PROXY_PUBLIC_IMAGES: ['true', true],
  POLICY_ON_MISSING: ['proxy', 'proxy'],
  POLICY_ON_UNKNOWN: ['proxy', 'proxy'],
  POLICY_ON_UNVERIFIED: ['leave', 'leave'],
  POLICY_RULES: ['[{match: "a.example/*", action: leave}]', [{ match: 'a.example/*', action: 'leave' }]],
  CHECK_DEADLINE: ['1s', 1000],
  CHECK_TIMEOUT: ['1500ms', 1500],
  CHECK_TOTAL: ['1m', 60_000],
  CHECK_CONCURRENCY: ['3', 3],
  CHECK_PER_HOST: ['3', 3],
  CHECK_ALLOWED_NETWORKS: ['10.0.0.0/8, fd00::/8', ['10.0.0.0/8', 'fd00::/8']],
  CHECK_CA_FILE: ['/a', '/a'],
  CHECK_ENDPOINTS: ['{"docker.io": "https://a.example"}', { 'docker.io': 'https://a.example' }],
  CHECK_CACHE_MAX_ENTRIES: ['3', 3],
  CHECK_CACHE_PUBLIC: ['3s', 3000],
  CHECK_CACHE_PUBLIC_DIGEST: ['3s', 3000],
  CHECK_CACHE_PRIVATE: ['3s', 3000],
  CHECK_CACHE_MISSING: ['3s', 3000],
  CHECK_CACHE_UNKNOWN: ['0', 0],
  CHECK_CACHE_STALE: ['3s', 3000],
  PULL_SECRET_NAME: ['a', 'a'],
  PULL_SECRET_PROVISION: ['false', false],
  REPAIR_ENABLED: ['false', false],
  REPAIR_PER_MINUTE: ['3', 3],
  EXCLUDED_NAMESPACES: ['a,b', ['a', 'b']],
  NAMESPACES: ['["my-app", "*"]', ['my-app', '*']],
  SERVER_PORT: ['0', 0],
  SERVER_TLS_MIN_VERSION: ['1.3', '1.3'],
  SERVER_TLS_MODE: ['files', 'files'],
  SERVER_TLS_SECRET: ['a', 'a'],
  SERVER_TLS_CERT_FILE: ['/a', '/a'],
  SERVER_TLS_KEY_FILE: ['/a', '/a'],
  SERVER_TLS_HOSTS: ['a.example', ['a.example']],
  KUBERNETES_NAMESPACE: ['a', 'a'],
  KUBERNETES_WEBHOOK_CONFIGURATION: ['a.b', 'a.b'],
  KUBERNETES_REQUESTS_PER_SECOND: ['3', 3],
  METRICS_PORT: ['3', 3],
  LOG_LEVEL: ['warn', 'warn'],
  LOG_FORMAT: ['pretty', 'pretty'],
}

/** What a variable must not stand alone with. */
const company: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  SERVER_TLS_MODE: { SERVER_TLS_CERT_FILE: '/c', SERVER_TLS_KEY_FILE: '/k' },
  SERVER_TLS_CERT_FILE: { SERVER_TLS_KEY_FILE: '/k' },
  SERVER_TLS_KEY_FILE: { SERVER_TLS_CERT_FILE: '/c' },
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((map, key) => (map as Readonly<Record<string, unknown>>)[key], value)
}

describe('the environment', () => {
  it('has one variable for every key', () => {
    expect(variables.map(({ name }) => name)).to.have.members(Object.keys(table))
  })

  for (const variable of variables) {
    const { name, path } = variable
    const [text, value] = table[name] ?? ['', undefined]
    it(`sets ${path.join('.')} by ${name}=${text}`, () => {
      const config = loadConfig({ env: { ...company[name], [name]: text }, terminal: false })
      expect(valueAt(config, path)).to.deep.equal(value)
    })

    it(`leaves ${path.join('.')} as it is where ${name} is blank`, () => {
      expect(loadConfig({ env: { [name]: ' ' }, terminal: false })).to.deep.equal(
        loadConfig({ env: {}, terminal: false }),
      )
    })
  }

  // The path of a file may be any text.
  for (const { name, path } of variables.filter(({ name }) => !name.endsWith('_FILE'))) {
    it(`is named as the source of a fault in ${name}`, () => {
      const [fault, ...others] = faultsOf('', { [name]: 'a\nb: [' })
      expect(fault).to.match(new RegExp(`^${path.join('\\.')}.* \\(environment variable ${name}\\)$`, 's'))
      expect(others).to.deep.equal([])
    })
  }

  it('wins over the file', () => {
    const config = loadConfig({
      text: 'check: {deadline: 1s, timeout: 1s}',
      env: { CHECK_DEADLINE: '2s' },
      terminal: false,
    })
    expect([config.check.deadline, config.check.timeout]).to.deep.equal([2000, 1000])
  })

  it('wins over a value of the file that could not be used', () => {
    expect(faultsOf('check: {deadline: soon}', { CHECK_DEADLINE: '2s' })).to.deep.equal([])
  })

  it('may hold what is not for the webhook', () => {
    expect(faultsOf('', { PATH: '/bin', PROXY: 'x', CHECK_NOTHING: 'x', SERVER_TLS: 'x' })).to.deep.equal([])
  })

  for (const name of ['SERVER_PORT', 'METRICS_PORT']) {
    for (const protocol of ['tcp', 'udp', 'sctp']) {
      it(`may hold Kubernetes' ${name} of a Service by that name, over ${protocol}`, () => {
        const config = loadConfig({ env: { [name]: `${protocol}://10.96.0.17:80` }, terminal: false })
        expect(config).to.deep.equal(loadConfig({ env: {}, terminal: false }))
      })
    }

    it(`is at fault where ${name} is a URL that no Service sets`, () => {
      expect(faultsOf('', { [name]: 'http://10.96.0.17:80' })).to.have.lengthOf(1)
    })
  }

  it('loses the line break that a mounted or echoed license id ends with', () => {
    expect(loadConfig({ env: { LICENSE_ID: 'abc\n' }, terminal: false }).license.id).to.equal('abc')
  })

  it('ignores empty items of a list', () => {
    expect(loadConfig({ env: { NAMESPACES: 'a, ,b,' }, terminal: false }).namespaces).to.deep.equal(['a', 'b'])
  })

  it('has unknown keys told in rules', () => {
    expect(faultsOf('', { POLICY_RULES: '[{match: a.example/*, action: leave, foo: 1}]' })).to.deep.equal([
      'policy.rules[0].foo: is unknown; known here: match, action, template (environment variable POLICY_RULES)',
    ])
  })
})

describe('an environment variable that the configuration does not know', () => {
  const told: readonly (readonly [name: string, sentence: string])[] = [
    ['CHECK_DEADLIN', 'CHECK_DEADLIN is no variable of the configuration; did you mean CHECK_DEADLINE?'],
    ['CHECK_PERHOST', 'CHECK_PERHOST is no variable of the configuration; did you mean CHECK_PER_HOST?'],
    ['APPSLUG', 'APPSLUG is no variable of the configuration; did you mean APP_SLUG?'],
    ['SERVER_PROT', 'SERVER_PROT is no variable of the configuration; did you mean SERVER_PORT?'],
    ['POLICY_FALLBACK', 'POLICY_FALLBACK begins like a variable of the configuration and is none'],
    ['PULL_SECRET_REPLICATE', 'PULL_SECRET_REPLICATE begins like a variable of the configuration and is none'],
  ]
  for (const [name, sentence] of told) {
    it(`is reported where it looks like a misspelled one: ${name}`, () => {
      expect(unknownVariables({ [name]: 'x' })).to.deep.equal([sentence])
    })
  }

  it('is reported without its value', () => {
    expect(unknownVariables({ LICENSE_IDENTIFIER: 'canary' }).join()).not.to.include('canary')
  })

  const links: readonly (readonly [name: string, value: string])[] = [
    ['KUBERNETES_SERVICE_HOST', '10.96.0.1'],
    ['KUBERNETES_SERVICE_PORT', '443'],
    ['KUBERNETES_SERVICE_PORT_HTTPS', '443'],
    ['KUBERNETES_PORT', 'tcp://10.96.0.1:443'],
    ['KUBERNETES_PORT_443_TCP', 'tcp://10.96.0.1:443'],
    ['KUBERNETES_PORT_443_TCP_PROTO', 'tcp'],
    ['KUBERNETES_PORT_443_TCP_PORT', '443'],
    ['KUBERNETES_PORT_443_TCP_ADDR', '10.96.0.1'],
    ['SERVER_PORT_53_UDP', 'udp://10.96.0.9:53'],
    ['METRICS_PORT_5000_SCTP_ADDR', '10.96.0.9'],
    ['CHECK_API_PORT', 'sctp://10.96.0.9:5000'],
  ]
  for (const [name, value] of links) {
    it(`is not reported where Kubernetes set it for a Service: ${name}=${value}`, () => {
      expect(unknownVariables({ [name]: value })).to.deep.equal([])
    })
  }

  for (const name of ['PATH', 'HOSTNAME', 'HTTPS_PROXY', 'NO_PROXY', 'NODE_ENV', 'KUBECONFIG', 'PROXY', 'APP_NAME']) {
    it(`is not reported where it belongs to somebody else: ${name}`, () => {
      expect(unknownVariables({ [name]: 'x' })).to.deep.equal([])
    })
  }

  it('is not reported where it is one that the configuration knows after all', () => {
    const known = Object.fromEntries(variables.map(({ name }) => [name, 'x']))
    expect(unknownVariables(known)).to.deep.equal([])
  })
})
