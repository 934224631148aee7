import { expect } from 'chai'
import { readChartValues } from '../../scripts/chart-values.ts'
import { variables } from '../../src/config/environment.ts'
import { licensed, manifests, refusal } from './support/helm.ts'
import { describeWithHelm, helms } from './support/programs.ts'

interface Mistakes {
  readonly what: string
  /** Each of them a mistake: all are told at once. */
  readonly values: object
  readonly said: readonly string[]
}

const ofKubernetes: Mistakes = {
  what: "that Kubernetes' own kinds would refuse",
  values: {
    commonLabels: { 'my team': 'x' },
    podLabels: { tier: 'a b' },
    nodeSelector: { pool: 'x'.repeat(64) },
    podAnnotations: { 'a//b': 'x' },
    resources: { limits: { memory: '256 Mi' }, requests: { cpu: -1 } },
    webhook: { matchConditions: [{ name: 'a b', expression: 'true' }] },
    check: { caSecret: { key: 'a/b' } },
    priorityClassName: 'High',
    extraEnv: [{ name: 'WORKERS', value: 4 }],
    dnsConfig: { options: [{ name: 'ndots', value: 2 }] },
    extraContainers: [{ name: 'Side', image: 'a' }],
    extraVolumes: [{ name: 'a_b', emptyDir: {} }],
    podSecurityContext: { runAsUser: 'root' },
    securityContext: { readOnlyRootFilesystem: 'yes' },
    topologySpreadConstraints: [{ topologyKey: 'a', maxSkew: 0, whenUnsatisfiable: 'Ignore' }],
    networkPolicy: { webhookFrom: [{ ipBlock: { cidr: '10.0.0.1' } }], metricsFrom: [{ cidr: '10.0.0.0/8' }] },
    global: { imagePullSecrets: [{}] },
    tls: { certManager: { issuerRef: { kind: 'Issuer' } } },
    troubleshoot: { images: ['quay.io/a b'] },
  },
  said: [
    "at '/commonLabels': additional properties 'my team' not allowed",
    "at '/podLabels/tier': 'a b' does not match pattern '^(?<letters_and_digits_with_dashes_dots_and_underscores",
    "at '/nodeSelector/pool': maxLength: got 64, want 63",
    "at '/podAnnotations': additional properties 'a//b' not allowed",
    "at '/resources/limits/memory': '256 Mi' does not match pattern '^(?<a_quantity_such_as_100m_or_256Mi>",
    "at '/resources/requests/cpu': minimum: got -1, want 0",
    "at '/webhook/matchConditions/0/name': 'a b' does not match pattern '^(?<a_name_such_as_team",
    "at '/check/caSecret/key': 'a/b' does not match pattern '^(?<the_key_of_a_ConfigMap_or_Secret>",
    "at '/priorityClassName': 'High' does not match pattern '^(?<the_name_of_an_object>",
    "at '/extraEnv/0/value': got number, want null or string",
    "at '/dnsConfig/options/0/value': got number, want null or string",
    "at '/extraContainers/0/name': 'Side' does not match pattern '^(?<lower_case_letters_digits_and_dashes>",
    "at '/extraVolumes/0/name': 'a_b' does not match pattern '^(?<lower_case_letters_digits_and_dashes>",
    "at '/podSecurityContext/runAsUser': got string, want null or integer",
    "at '/securityContext/readOnlyRootFilesystem': got string, want null or boolean",
    "at '/topologySpreadConstraints/0/maxSkew': minimum: got 0, want 1",
    "at '/topologySpreadConstraints/0/whenUnsatisfiable': value must be one of 'DoNotSchedule', 'ScheduleAnyway'",
    "at '/networkPolicy/webhookFrom/0/ipBlock/cidr': '10.0.0.1' does not match pattern '^(?<a_network_such_as",
    "at '/networkPolicy/metricsFrom/0': additional properties 'cidr' not allowed",
    "at '/global/imagePullSecrets/0': missing property 'name'",
    "at '/tls/certManager/issuerRef': properties 'name' required, if 'kind' exists",
    "at '/troubleshoot/images/0': 'quay.io/a b' does not match pattern '^(?<an_image_reference>",
  ],
}

const misspelt: Mistakes = {
  what: "with keys and words that no part of a Pod or of another of the chart's objects has",
  values: {
    podSecurityContext: { runAsuser: 1, seccompProfile: { type: 'runtimeDefault' } },
    securityContext: { capabilities: { drop: 'ALL' }, privilegd: true },
    affinity: {
      podAntiAffinty: {},
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'pool', operator: 'in', values: ['a'] }] }],
        },
      },
    },
    tolerations: [{ key: 'pool', operator: 'Equals' }, { effect: 'noschedule' }, { tolerationSecs: 1 }],
    topologySpreadConstraints: [
      { topologyKey: 'a', maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', nodeTaintPolicy: 'Honor' },
    ],
    resources: { claims: [{ nam: 'a' }] },
    extraVolumes: [{ name: 'a', configmap: { name: 'b' } }],
    extraVolumeMounts: [{ name: 'a', mountpath: '/a' }],
    extraContainers: [{ name: 'a', image: 'b', command: 'sh', ports: [{ containerPort: '80' }] }],
    extraEnv: [{ name: 'A', valueFrom: { secretRef: { name: 'a' } } }],
    strategy: { rollingUpdate: { maxUnavailable: '200%', maxSurg: 1 } },
    networkPolicy: { extraEgress: [{ to: [{ ipblock: {} }], ports: [{ protocol: 'tcp' }] }] },
    autoscaling: { behavior: { scaledown: {} } },
    dnsConfig: { nameserver: [] },
    webhook: { namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'in' }] } },
    metrics: { serviceMonitor: { relabelings: [{ source_labels: ['a'] }] } },
  },
  said: [
    "at '/podSecurityContext': additional properties 'runAsuser' not allowed",
    "at '/podSecurityContext/seccompProfile/type': value must be one of 'RuntimeDefault', 'Localhost', 'Unconfined'",
    "at '/securityContext': additional properties 'privilegd' not allowed",
    "at '/securityContext/capabilities/drop': got string, want null or array",
    "at '/affinity': additional properties 'podAntiAffinty' not allowed",
    "/nodeSelectorTerms/0/matchExpressions/0/operator': value must be one of 'In', 'NotIn', 'Exists', 'DoesNotExist'",
    "at '/tolerations/0/operator': value must be one of 'Exists', 'Equal'",
    "at '/tolerations/1/effect': value must be one of 'NoSchedule', 'PreferNoSchedule', 'NoExecute'",
    "at '/tolerations/2': additional properties 'tolerationSecs' not allowed",
    "at '/topologySpreadConstraints/0': additional properties 'nodeTaintPolicy' not allowed",
    "at '/resources/claims/0': missing property 'name'",
    "at '/extraVolumes/0': additional properties 'configmap' not allowed",
    "at '/extraVolumeMounts/0': missing property 'mountPath'",
    "at '/extraContainers/0/command': got string, want null or array",
    "at '/extraContainers/0/ports/0/containerPort': got string, want integer",
    "at '/extraEnv/0/valueFrom': additional properties 'secretRef' not allowed",
    "at '/strategy/rollingUpdate': additional properties 'maxSurg' not allowed",
    "at '/strategy/rollingUpdate/maxUnavailable': '200%' does not match pattern",
    "at '/networkPolicy/extraEgress/0/to/0': additional properties 'ipblock' not allowed",
    "at '/networkPolicy/extraEgress/0/ports/0/protocol': value must be one of 'TCP', 'UDP', 'SCTP'",
    "at '/autoscaling/behavior': additional properties 'scaledown' not allowed",
    "at '/dnsConfig': additional properties 'nameserver' not allowed",
    "at '/webhook/namespaceSelector/matchExpressions/0/operator': value must be one of 'In', 'NotIn'",
    "at '/metrics/serviceMonitor/relabelings/0': additional properties 'source_labels' not allowed",
  ],
}

const contradictory: Mistakes = {
  what: 'that do not go together',
  values: {
    resources: { limits: { memory: '64Mi', cpu: 0.04 } },
    hostNetwork: true,
    containerPorts: { https: 443 },
    extraVolumes: ['a', 'a'].map((name) => ({ name, emptyDir: {} })),
    extraVolumeMounts: ['config', 'a', 'b'].map((name) => ({ name, mountPath: `/${name}` })),
    tls: { mode: 'cert-manager', certManager: { duration: '30m', renewBefore: '10m' } },
    image: { repository: 'GHCR.io/My-Org/webhook' },
    tolerations: [
      { key: 'pool', operator: 'Exists', value: 'a' },
      { effect: 'NoSchedule' },
      { operator: 'Exists', tolerationSeconds: 0 },
    ],
    metrics: { enabled: true },
    service: { type: 'NodePort' },
  },
  said: [
    'resources.requests.memory (128Mi) is more than resources.limits.memory (64Mi).',
    'resources.requests.cpu (50m) is more than resources.limits.cpu (0.04).',
    'containerPorts.https is 443: with hostNetwork none but root may listen below 1024.',
    'extraVolumes must not name two volumes a.',
    'extraVolumeMounts[2] names the volume b, which extraVolumes does not have.',
    'tls.certManager.duration must be at least 1h, as cert-manager has it, not 30m.',
    'tolerations[0] has a value, which goes with every operator but Exists.',
    'tolerations[1] has no key: it tolerates every taint with the operator Exists, and none without it.',
    'tolerations[2].tolerationSeconds goes with the effect NoExecute alone.',
    'image.repository "GHCR.io/My-Org/webhook" must be in lower case, without spaces',
    'metrics.enabled is no key of this chart; in metrics there are serviceMonitor, prometheusRule, dashboard.',
    'service.type is no key of this chart; did you mean strategy.type? In service there are annotations, ipFamilyPolicy',
  ],
}

const root: Mistakes = {
  what: 'with which no container could start',
  values: { podSecurityContext: { runAsUser: 0 } },
  said: ['runAsUser is 0, which is root, and runAsNonRoot is true: no container could start.'],
}

for (const { what, values, said } of [ofKubernetes, misspelt, contradictory, root]) {
  describeWithHelm(`values ${what}`, () => {
    let refusals: readonly string[] = []

    before(async () => {
      refusals = await Promise.all(helms.map((helm) => refusal(helm, { ...licensed, ...values })))
    })

    for (const message of said) {
      it(`are refused by Helm: ${message}`, () => {
        for (const text of refusals) expect(text).to.include(message)
      })
    }
  })
}

describeWithHelm('a variable in extraEnv', () => {
  it("is refused where it would win over a value of the chart's, which is named", async () => {
    const keys = new Set((await readChartValues()).map(({ key }) => key))
    const ofChart = variables.filter(({ path }) => keys.has(path.join('.')) && path[0] !== 'license')
    const extraEnv = [...ofChart.map(({ name }) => ({ name })), { name: 'SERVER_PORT' }, { name: 'HTTPS_PROXY' }]
    for (const helm of helms) {
      const said = await refusal(helm, { ...licensed, extraEnv })
      const told = [...said.matchAll(/extraEnv\[\d+\] sets (\w+), which would win [^:]*: set (\S+) instead\./g)]
      expect(told.map(([, name, key]) => [name, key])).to.have.deep.members([
        ...ofChart.map(({ name, path }) => [name, path.join('.')]),
        ['SERVER_PORT', 'containerPorts.https'],
      ])
    }
  })
})

describeWithHelm('a value that is unusual', () => {
  it('is taken where it can work: a variable without a value of the chart, root by intention, bytes', async () => {
    const fine = {
      extraEnv: [{ name: 'CHECK_CA_FILE', value: '/ca/ca.pem' }],
      podSecurityContext: { runAsUser: 0, runAsNonRoot: false },
      resources: { limits: { cpu: 1, memory: '1G' }, requests: { memory: 134217728 } },
    }
    expect(await manifests({ ...licensed, ...fine })).not.to.be.empty
  })
})
