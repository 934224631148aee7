import { expect } from 'chai'
import { licensed, refusal } from './support/helm.ts'
import { describeWithHelm, helms, newestHelm } from './support/programs.ts'

/** What is wrong, and what the message must say: where, and what is allowed instead. */
const wrong: readonly (readonly [object, string])[] = [
  [{ appSlug: 7 }, "at '/appSlug': got number, want string"],
  [{ appSlug: 'My App' }, "at '/appSlug': 'My App' does not match pattern '^(?<lower_case_letters_and_digits"],
  [{ license: 'license.yaml' }, "at '/license': got string, want object"],
  [
    { pullSecret: { name: 'My_Secret' } },
    "at '/pullSecret/name': 'My_Secret' does not match pattern '^(?<the_name_of_an_object>",
  ],
  [{ pullSecret: { provision: 'yes' } }, "at '/pullSecret/provision': got string, want boolean"],
  [{ additionalNamespaces: 'my-app' }, "at '/additionalNamespaces': got string, want array"],
  [
    { additionalNamespaces: ['my-*'] },
    "at '/additionalNamespaces/0': 'my-*' does not match pattern '^(?<the_name_of_a_namespace_or_a_star_for_all>",
  ],
  [
    { excludedNamespaces: ['*'] },
    "at '/excludedNamespaces/0': '*' does not match pattern '^(?<the_name_of_a_namespace>",
  ],
  [
    { proxy: { domain: 'https://proxy.example.com' } },
    "at '/proxy/domain': 'https://proxy.example.com' does not match pattern '^(?<a_registry_host_without_scheme_and_path>",
  ],
  [{ policy: { mode: 'dry-run' } }, "at '/policy/mode': value must be one of 'rewrite', 'audit'"],
  [{ policy: { onUnknown: 'deny' } }, "at '/policy/onUnknown': value must be one of 'leave', 'proxy'"],
  [
    { policy: { rules: [{ match: 'quay.io/*', action: 'leave', mode: 'x' }] } },
    "at '/policy/rules/0': additional properties 'mode' not allowed",
  ],
  [{ policy: { rules: [{ match: 'quay.io/*' }] } }, "at '/policy/rules/0': missing property 'action'"],
  [{ check: { deadline: 5 } }, "at '/check/deadline': got number, want string"],
  [
    { check: { deadline: '5 seconds' } },
    "at '/check/deadline': '5 seconds' does not match pattern '^(?<a_duration_such_as_2500ms_or_2s_or_1h30m>",
  ],
  [{ check: { concurrency: 0 } }, "at '/check/concurrency': minimum: got 0, want 1"],
  [
    { check: { allowedNetworks: ['10.0.0.0'] } },
    "at '/check/allowedNetworks/0': '10.0.0.0' does not match pattern '^(?<a_network",
  ],
  [
    { check: { allowedNetworks: ['::ffff:10.0.0.0/104'] } },
    "at '/check/allowedNetworks/0': '::ffff:10.0.0.0/104' does not match pattern '^(?<a_network",
  ],
  [
    { check: { endpoints: { 'docker.io': 'http://mirror' } } },
    "at '/check/endpoints/docker.io': 'http://mirror' does not match pattern '^(?<an_https_URL>",
  ],
  [{ check: { cache: { public: true } } }, "at '/check/cache/public': got boolean, want string"],
  [{ kubernetes: { requestsPerSecond: 0.5 } }, "at '/kubernetes/requestsPerSecond'"],
  [
    { log: { level: 'verbose' } },
    "at '/log/level': value must be one of 'trace', 'debug', 'info', 'warn', 'error', 'silent'",
  ],
  [{ webhook: { failurePolicy: 'ignore' } }, "at '/webhook/failurePolicy': value must be one of 'Ignore', 'Fail'"],
  [{ webhook: { timeoutSeconds: 60 } }, "at '/webhook/timeoutSeconds': maximum: got 60, want 30"],
  [{ webhook: { matchConditions: ['true'] } }, "at '/webhook/matchConditions/0': got string, want object"],
  [{ tls: { mode: 'auto' } }, "at '/tls/mode': value must be one of 'self', 'cert-manager', 'existingSecret'"],
  [
    { tls: { certManager: { duration: '90d' } } },
    "at '/tls/certManager/duration': '90d' does not match pattern '^(?<a_duration_such_as_30s_or_720h>",
  ],
  [{ tls: { minVersion: '1.1' } }, "at '/tls/minVersion': value must be one of '1.2', '1.3'"],
  [{ tls: { minVersion: 1.3 } }, "at '/tls/minVersion': value must be one of '1.2', '1.3'"],
  [{ rbac: { scope: 'Cluster' } }, "at '/rbac/scope': value must be one of 'namespaces', 'cluster'"],
  [
    { image: { digest: 'latest' } },
    "at '/image/digest': 'latest' does not match pattern '^(?<sha256_and_64_hexadecimal_digits>",
  ],
  [
    { image: { pullPolicy: 'always' } },
    "at '/image/pullPolicy': value must be one of 'IfNotPresent', 'Always', 'Never'",
  ],
  [{ imagePullSecrets: ['regcred'] }, "at '/imagePullSecrets/0': got string, want object"],
  [{ replicaCount: 'two' }, "at '/replicaCount': got string, want integer"],
  [
    { podDisruptionBudget: { maxUnavailable: 'one' } },
    "at '/podDisruptionBudget/maxUnavailable': 'one' does not match pattern '^(?<a_number_or_a_percentage_of_at_most_100>",
  ],
  [
    { podDisruptionBudget: { minAvailable: '150%' } },
    "at '/podDisruptionBudget/minAvailable': '150%' does not match pattern '^(?<a_number_or_a_percentage_of_at_most_100>",
  ],
  [{ openshift: true }, "at '/openshift': value must be one of 'auto', 'enabled', 'disabled'"],
  [{ service: { ipFamilies: ['ipv4'] } }, "at '/service/ipFamilies/0': value must be one of 'IPv4', 'IPv6'"],
  [{ service: { ipFamilyPolicy: 'Dual' } }, "at '/service/ipFamilyPolicy': value must be one of"],
  [{ livenessProbe: { httpGet: { path: '/' } } }, "at '/livenessProbe': additional properties 'httpGet' not allowed"],
  [{ startupProbe: { successThreshold: 2 } }, "at '/startupProbe/successThreshold': value must be 1"],
  [{ readinessProbe: { periodSeconds: 0 } }, "at '/readinessProbe/periodSeconds': minimum: got 0, want 1"],
  [{ extraContainers: [{ name: 'a' }] }, "at '/extraContainers/0': missing property 'image'"],
  [{ commonAnnotations: { revision: 7 } }, "at '/commonAnnotations/revision': got number, want string"],
  [{ revisionHistoryLimit: -1 }, "at '/revisionHistoryLimit': minimum: got -1, want 0"],
  [{ check: { caConfigMap: 'company' } }, "at '/check/caConfigMap': got string, want object"],
  [
    { podDisruptionBudget: { minAvailable: 'one' } },
    "at '/podDisruptionBudget/minAvailable': 'one' does not match pattern '^(?<a_number_or_a_percentage_of_at_most_100>",
  ],
  [
    { metrics: { serviceMonitor: { scrapeTimeout: '10 s' } } },
    "at '/metrics/serviceMonitor/scrapeTimeout': '10 s' does not match pattern '^(?<a_duration_such_as_30s>",
  ],
  [
    { metrics: { prometheusRule: { runbookUrl: 'see the wiki: alerts' } } },
    "at '/metrics/prometheusRule/runbookUrl': 'see the wiki: alerts' does not match pattern '^(?<a_URL_without_spaces",
  ],
  [{ podLabels: { tier: 1 } }, "at '/podLabels/tier': got number, want string"],
  [{ containerPorts: { https: 84430 } }, "at '/containerPorts/https': maximum: got 84,430, want 65,535"],
  [{ extraEnv: { HTTPS_PROXY: 'x' } }, "at '/extraEnv': got object, want array"],
  [{ extraVolumeMounts: [{ name: 'a' }] }, "at '/extraVolumeMounts/0': missing property 'mountPath'"],
  [{ networkPolicy: { egressPorts: ['https'] } }, "at '/networkPolicy/egressPorts/0': got string, want integer"],
  [{ metrics: { serviceMonitor: { enabled: 1 } } }, "at '/metrics/serviceMonitor/enabled': got number, want boolean"],
  [
    { fullnameOverride: 'My_Webhook' },
    "at '/fullnameOverride': 'My_Webhook' does not match pattern '^(?<lower_case_letters_digits_and_dashes_after_a_letter>",
  ],
  [{ fullnameOverride: '1-webhook' }, "at '/fullnameOverride': '1-webhook' does not match pattern"],
  [{ fullnameOverride: 'a'.repeat(49) }, "at '/fullnameOverride': maxLength: got 49, want 48"],
  [
    { nameOverride: 'my.webhook' },
    "at '/nameOverride': 'my.webhook' does not match pattern '^(?<lower_case_letters_digits_and_dashes>",
  ],
  [{ nameOverride: 'a'.repeat(59) }, "at '/nameOverride': maxLength: got 59, want 58"],
  [
    { global: { replicated: { dockerconfigjson: { auths: {} } } } },
    "at '/global/replicated/dockerconfigjson': got object, want string",
  ],
]

describeWithHelm("the chart's schema", () => {
  for (const [values, message] of wrong) {
    it(`refuses ${JSON.stringify(values)}`, async () => {
      const refusals = await Promise.all(helms.map((helm) => refusal(helm, { ...licensed, ...values })))
      for (const said of refusals) expect(said).to.include(message)
    })
  }

  it('names every fault at once', async () => {
    const message = await refusal(newestHelm(), { ...licensed, replicaCount: 'two', log: { level: 'loud' } })
    expect(message).to.include('/log/level').and.to.include('/replicaCount')
  })
})
