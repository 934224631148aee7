import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Api } from '../../../../src/kubernetes/api.ts'
import { connect } from '../../../../src/kubernetes/connect.ts'
import { watchWebhookConfiguration, type WebhookConfiguration } from '../../../../src/cluster/webhookConfiguration.ts'
import { manager } from '../../../../src/cluster/ownership.ts'
import { isObject, textAt, type JsonObject } from '../../../../src/json.ts'
import { required, type Cluster } from '../../support/cluster.ts'
import { sharedCluster } from '../../support/sharedCluster.ts'
import { waitFor } from '../../support/wait.ts'

/** The real API server, and what the tests of one file make there. */
export interface ApiServer {
  cluster(): Cluster
  /** A client as a person with this cluster's KUBECONFIG has it; closed after the test. */
  client(requestsPerSecond?: number): Promise<Api>
  /** Called in reverse order after the test. */
  cleanUp(action: () => unknown): void
  /** A fresh namespace. */
  namespace(): Promise<string>
  /** A fresh MutatingWebhookConfiguration that calls nobody. @returns its name */
  webhookConfiguration(): Promise<string>
  /** The same, watched. */
  watchedConfiguration(api: Api, name: string): Promise<WebhookConfiguration>
  /** An object as JSON; undefined where it does not exist. */
  get(...args: readonly string[]): Promise<JsonObject | undefined>
  /** The directory of a service account's files, as the kubelet mounts them, and the environment that goes with it. */
  serviceAccount(namespace: string, name: string): Promise<{ directory: string; environment: Record<string, string> }>
}

/** Call it in a `describe`: its tests then have the cluster of the test run. */
export function useApiServer(): ApiServer {
  let cluster: Cluster | undefined
  let cleanUps: (() => unknown)[] = []

  before(async function () {
    this.timeout(120_000)
    cluster = await sharedCluster()
  })
  afterEach(async () => {
    const actions = cleanUps.reverse()
    cleanUps = []
    for (const action of actions) await action()
  })
  function running(): Cluster {
    if (cluster === undefined) throw new Error('the cluster is not up')
    return cluster
  }

  async function get(...args: readonly string[]): Promise<JsonObject | undefined> {
    const { stdout } = await running().kubectl([
      'get',
      '--ignore-not-found',
      '--show-managed-fields',
      '--output=json',
      ...args,
    ])
    if (stdout === '') return undefined
    const object: unknown = JSON.parse(stdout)
    return isObject(object) ? object : undefined
  }

  const api: ApiServer = {
    cluster: running,
    cleanUp: (action) => {
      cleanUps.push(action)
    },
    async client(requestsPerSecond = 1000) {
      const client = await connect({
        environment: { KUBECONFIG: required(running().env, 'KUBECONFIG') },
        requestsPerSecond,
        userAgent: manager,
      })
      if (client === undefined) throw new Error('no cluster')
      cleanUps.push(() => {
        client.close()
      })
      return client
    },
    async namespace() {
      const name = `test-${randomBytes(4).toString('hex')}`
      await running().kubectl(['create', 'namespace', name])
      cleanUps.push(() => running().kubectl(['delete', 'namespace', name, '--wait=false', '--ignore-not-found']))
      return name
    },
    async webhookConfiguration() {
      const name = `test-${randomBytes(4).toString('hex')}`
      await running().apply(webhookConfigurationManifest(name))
      cleanUps.push(() => running().kubectl(['delete', 'mutatingwebhookconfiguration', name, '--ignore-not-found']))
      return name
    },
    async watchedConfiguration(client, name) {
      const configuration = watchWebhookConfiguration({ api: client, name })
      cleanUps.push(() => {
        configuration.stop()
      })
      await waitFor('the configuration to be watched', () => configuration.state() !== 'unknown')
      return configuration
    },
    get,
    async serviceAccount(namespace, name) {
      const { kubectl } = running()
      const { stdout: token } = await kubectl(['create', 'token', name, `--namespace=${namespace}`])
      const { stdout: config } = await kubectl(['config', 'view', '--raw', '--minify', '--output=json'])
      const parsed = JSON.parse(config) as {
        clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
      }
      const found = parsed.clusters[0]?.cluster
      if (found === undefined) throw new Error('the kubeconfig names no cluster')
      const directory = await mkdtemp(join(tmpdir(), 'service-account-'))
      cleanUps.push(() => rm(directory, { recursive: true }))
      await writeFile(join(directory, 'ca.crt'), Buffer.from(found['certificate-authority-data'], 'base64'))
      await writeFile(join(directory, 'token'), token)
      await writeFile(join(directory, 'namespace'), namespace)
      const { hostname, port } = new URL(found.server)
      return { directory, environment: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port || '443' } }
    },
  }
  return api
}

/** A webhook that no Pod is ever sent to. */
export function webhookConfigurationManifest(name: string): string {
  return JSON.stringify({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: ['pods', 'ephemeral'].map((part) => ({
      name: `${part}.image-proxy-webhook.io`,
      admissionReviewVersions: ['v1'],
      sideEffects: 'NoneOnDryRun',
      failurePolicy: 'Ignore',
      clientConfig: { service: { name: 'nobody', namespace: 'nowhere', path: '/mutate', port: 443 } },
      namespaceSelector: { matchLabels: { nothing: 'at-all' } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    })),
  })
}

/** The text at a path of keys; undefined where there is none. */
export function textIn(object: JsonObject | undefined, ...keys: readonly string[]): string | undefined {
  let value: unknown = object
  for (const key of keys.slice(0, -1)) value = isObject(value) ? value[key] : undefined
  return textAt(value, keys.at(-1) ?? '')
}
