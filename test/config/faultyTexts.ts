/** A configuration with one fault, and what is said of it, without the place. */
export const faultyTexts: readonly (readonly [text: string, fault: string])[] = [
  ['proxy: {domian: a.example}', 'proxy.domian: is unknown; did you mean domain?'],
  ['proxy: {registry-domain: a.example}', 'proxy.registry-domain: is unknown; did you mean registryDomain?'],
  ['deadline: 3s', 'deadline: is unknown; did you mean check.deadline?'],
  ['metrics: {path: /m}', 'metrics.path: is unknown; known here: port'],
  [
    'policy: {rules: [{match: a.example/*, action: leave, because: x}]}',
    'policy.rules[0].because: is unknown; known here: match, action, template',
  ],
  [
    '"a b": 1',
    '["a b"]: is unknown; known here: appSlug, license, proxy, policy, check, pullSecret, repair, namespaces, excludedNamespaces, server, kubernetes, metrics, log',
  ],

  ['log: debug', 'log: expected a map of keys, not "debug"'],
  ['check: [1]', 'check: expected a map of keys, not a list'],
  ['check: {endpoints: [x]}', 'check.endpoints: expected a map, not a list'],
  ['check: {endpoints: x}', 'check.endpoints: expected a map, not "x"'],
  ['policy: {rules: [x]}', 'policy.rules[0]: expected a map of keys, not "x"'],
  ['policy: {rules: {match: x}}', 'policy.rules: expected a list of rules, each with match and action, not a map'],
  ['namespaces: my-app', 'namespaces: expected a list of namespaces, not "my-app"'],
  ['namespaces: [null]', 'namespaces[0]: expected the name of a namespace, or "*", not null'],
  ['proxy: {verify: yes}', 'proxy.verify: expected true or false, not "yes"'],
  ['proxy: {domain: 5}', 'proxy.domain: expected a registry host, such as registry.example.com, not 5'],
  [
    '%YAML 1.1\n---\ncheck: {caFile: 2001-01-01}',
    'check.caFile: expected the path of a file, not a value of another type',
  ],

  [
    'appSlug: My/App',
    'appSlug: expected lower-case letters and digits with single separators ("-", "_" or ".") between them, not "My/App"',
  ],
  [
    'appSlug: a/b',
    'appSlug: expected lower-case letters and digits with single separators ("-", "_" or ".") between them, not "a/b"',
  ],
  [
    'proxy: {domain: https://a.example}',
    'proxy.domain: expected a registry host with no scheme and no path, such as registry.example.com or registry.example.com:5000, not "https://a.example"',
  ],
  [
    'proxy: {registryDomain: a.example/x}',
    'proxy.registryDomain: expected a registry host with no scheme and no path, such as registry.example.com or registry.example.com:5000, not "a.example/x"',
  ],
  [
    'proxy: {otherDomains: [a.example, images]}',
    'proxy.otherDomains[1]: expected a registry host with no scheme and no path, such as registry.example.com or registry.example.com:5000, not "images"',
  ],
  [
    'proxy: {domain: "a.example:66000"}',
    'proxy.domain: expected a registry host with no scheme and no path, such as registry.example.com or registry.example.com:5000, not "a.example:66000"',
  ],

  ['policy: {mode: dry-run}', 'policy.mode: expected one of rewrite, audit, not "dry-run"'],
  ['policy: {onMissing: keep}', 'policy.onMissing: expected one of leave, proxy, not "keep"'],
  ['policy: {onUnknown: true}', 'policy.onUnknown: expected one of leave, proxy, not true'],
  ['policy: {onUnverified: ""}', 'policy.onUnverified: expected one of leave, proxy, not ""'],
  ['policy: {rules: [{action: leave}]}', 'policy.rules[0].match: is missing'],
  ['policy: {rules: [{match: a.example/*}]}', 'policy.rules[0].action: is missing'],
  [
    'policy: {rules: [{match: a.example/*, action: rewrite}]}',
    'policy.rules[0].action: expected one of proxy, leave, not "rewrite"',
  ],
  [
    'policy: {rules: [{match: a.example/*, action: leave, template: "{domain}/{image}"}]}',
    "policy.rules[0].template: only a rule with action proxy has a template, this one's is leave",
  ],

  [
    'check: {deadline: 2500}',
    'check.deadline: expected a duration with its unit (ms, s, m, h or d), such as 2500s or 2500ms, not 2500',
  ],
  ['check: {deadline: 0}', 'check.deadline: expected a duration of at least 1ms, not 0'],
  ['check: {timeout: soon}', 'check.timeout: expected a duration, such as 2500ms, 2s or 1h30m, not "soon"'],
  ['check: {timeout: true}', 'check.timeout: expected a duration, such as 30m, not true'],
  ['check: {cache: {stale: -1s}}', 'check.cache.stale: expected a duration, such as 2500ms, 2s or 1h30m, not "-1s"'],
  ['check: {cache: {stale: 25d}}', 'check.cache.stale: expected a duration of at most 24d, not "25d"'],
  ['check: {cache: {maxEntries: 0}}', 'check.cache.maxEntries: expected a whole number from 1 to 10000000, not 0'],
  ['check: {concurrency: 1.5}', 'check.concurrency: expected a whole number from 1 to 10000, not 1.5'],
  ['check: {perHost: .nan}', 'check.perHost: expected a whole number from 1 to 10000, not NaN'],
  [
    'check: {allowedNetworks: [10.0.0.1]}',
    'check.allowedNetworks[0]: expected a network in CIDR notation, such as 10.0.0.0/8 or fd00::/8, not "10.0.0.1"',
  ],
  [
    'check: {allowedNetworks: [10.0.0.0/33]}',
    'check.allowedNetworks[0]: expected a network in CIDR notation, such as 10.0.0.0/8 or fd00::/8, not "10.0.0.0/33"',
  ],
  [
    'check: {allowedNetworks: ["::ffff:10.0.0.0/104"]}',
    'check.allowedNetworks[0]: expected a network in CIDR notation, such as 10.0.0.0/8 or fd00::/8, not "::ffff:10.0.0.0/104"',
  ],
  [
    'check: {allowedNetworks: [10.8/16]}',
    'check.allowedNetworks[0]: expected a network in CIDR notation, such as 10.0.0.0/8 or fd00::/8, not "10.8/16"',
  ],
  ['check: {caFile: ""}', 'check.caFile: expected the path of a file, not ""'],
  [
    'check: {endpoints: {quay: "https://a.example"}}',
    'check.endpoints.quay: expected as key the host of a registry, such as docker.io or registry.example.com:5000, not "quay"',
  ],
  [
    'check: {endpoints: {constructor: "https://a.example"}}',
    'check.endpoints.constructor: expected another key, not "constructor"',
  ],

  [
    'check: {endpoints: {quay.io: "https://a.example", QUAY.io: "https://b.example"}}',
    'check.endpoints: "quay.io" and "QUAY.io" are one registry; expected one URL for it',
  ],
  [
    'check: {endpoints: {docker.io: "https://a.example", index.docker.io: "https://b.example"}}',
    'check.endpoints: "docker.io" and "index.docker.io" are one registry; expected one URL for it',
  ],

  [
    'pullSecret: {name: replicated}',
    'pullSecret.name: expected another name: that Secret belongs to the Replicated SDK, not "replicated"',
  ],
  [
    'pullSecret: {name: My_Secret}',
    'pullSecret.name: expected the name of a Secret: lower-case letters and digits, "-" and "." between them, not "My_Secret"',
  ],
  [
    'appSlug: my_app',
    'pullSecret.name: is missing; "my_app-registry", made of appSlug, cannot be the name of a Secret',
  ],
  ['repair: {perMinute: 0}', 'repair.perMinute: expected a whole number from 1 to 10000, not 0'],
  [
    'namespaces: [my-app, My_App]',
    'namespaces[1]: expected the name of a namespace, or "*" for all of them, not "My_App"',
  ],
  ['namespaces: ["my-*"]', 'namespaces[0]: expected the name of a namespace, or "*" for all of them, not "my-*"'],

  ['server: {port: 65536}', 'server.port: expected a whole number from 0 to 65535, not 65536'],
  ['server: {port: "8443"}', 'server.port: expected a whole number from 0 to 65535, not "8443"'],
  ['metrics: {port: -1}', 'metrics.port: expected a whole number from 0 to 65535, not -1'],
  ['metrics: {port: 8443}', 'metrics.port: expected another port than server.port, not 8443'],
  ['server: {tls: {mode: acme}}', 'server.tls.mode: expected one of self, files, not "acme"'],
  [
    'server: {tls: {hosts: [a_b]}}',
    'server.tls.hosts[0]: expected a host name in lower case or an IP address, not "a_b"',
  ],
  [
    'server: {tls: {certFile: a}}',
    'server.tls.keyFile: is missing; a certificate from files takes certFile and keyFile',
  ],
  [
    'server: {tls: {keyFile: a}}',
    'server.tls.certFile: is missing; a certificate from files takes certFile and keyFile',
  ],
  [
    'server: {tls: {mode: self, keyFile: a}}',
    'server.tls.mode: self makes its own certificate; with keyFile it must be files',
  ],
  ['check: {deadline: 11s}', 'check.deadline: expected at most check.total (10000ms), not 11000ms'],
  [
    'check: {timeout: 2s, deadline: 1s, total: 1500ms}',
    'check.timeout: expected at most check.total (1500ms), not 2000ms',
  ],

  ['log: {level: verbose}', 'log.level: expected one of trace, debug, info, warn, error, silent, not "verbose"'],
  ['log: {format: text}', 'log.format: expected one of json, pretty, not "text"'],
]

/** What `match` of a rule does not take. */
export const wrongPatterns = [
  '',
  'redis',
  'my-org/app',
  'quay.io',
  'quay.io/',
  'quay.io//a',
  'quay.io/a:1',
  'quay.io/a@sha256',
  'https://quay.io/a',
  'Quay.io/a',
  'quay.io/A',
  'quay.io/a b',
]

/** What `check.endpoints` does not take for docker.io. */
export const wrongEndpoints = [
  'http://a.example',
  'a.example',
  'https://',
  'https://user@a.example',
  'https://a.example/?x=1',
  '"https://a.example/#x"',
  'https://a.example:70000',
]
