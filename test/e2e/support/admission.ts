import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { V1Pod } from '@kubernetes/client-node'
import { startScene, type Scene } from '../../../testbed/scene.ts'
import type { Cluster } from './cluster.ts'
import type { Output } from '../../support/command.ts'
import { stored, type StoredPod } from './pods.ts'
import { registration } from './registration.ts'
import { sharedCluster } from './sharedCluster.ts'
import { waitFor } from './wait.ts'
import { createWebhookFiles } from './webhookFiles.ts'
import { startWebhookProcess, type WebhookProcess } from './webhookProcess.ts'

/** A real API server that asks the webhook, which runs as a process of this machine, as do its registries and proxy. */
export interface Admission {
  cluster(): Cluster
  /** Whose Pods are sent to the webhook. */
  readonly namespace: string
  /** Registered as well, and labelled as one that the webhook leaves alone. */
  readonly ignoredNamespace: string
  /** Runs `kubectl` in the namespace. */
  kubectl(...args: readonly string[]): Promise<Output>
  /** Applies an object in the namespace. kubectl prints the warnings of its admission to `stderr`. */
  apply(object: object, ...args: readonly string[]): Promise<Output>
  /** A Pod as the API server stored it. */
  pod(name: string, namespace?: string): Promise<StoredPod>
  /** The Pod with the label `app`, once its controller has made it. */
  podOf(app: string): Promise<StoredPod>
  /** One more process with the same configuration, on a free port or the one that is given. */
  start(port?: number): Promise<WebhookProcess>
  /** Names a process to the API server, which asks it from a moment later on. */
  register(webhook: WebhookProcess): Promise<void>
  /** Resolves when the API server asks that process. */
  untilAsked(webhook: WebhookProcess): Promise<void>
}

/** Call it in a `describe`: everything is up before its tests, and gone after them. */
export function useAdmission(): Admission {
  const id = randomBytes(4).toString('hex')
  const namespace = `admission-${id}`
  const ignoredNamespace = `ignored-${id}`
  const processes: WebhookProcess[] = []
  const cleanUps: (() => Promise<unknown>)[] = []
  let running: { readonly cluster: Cluster; readonly scene: Scene; readonly directory: string } | undefined

  before(async function () {
    this.timeout(180_000)
    const cluster = await sharedCluster()
    const scene = await startScene()
    cleanUps.push(scene.close)
    const directory = await createWebhookFiles(scene, cluster.hostAddress)
    cleanUps.push(() => rm(directory, { recursive: true }))
    running = { cluster, scene, directory }

    cleanUps.push(() => Promise.all(processes.map(({ terminate }) => terminate())))
    const webhook = await admission.start()
    await cluster.apply(namespaces())
    cleanUps.push(() => cluster.kubectl(['delete', 'namespace', namespace, ignoredNamespace, '--wait=false']))
    await admission.register(webhook)
    cleanUps.push(() => cluster.kubectl(['delete', 'mutatingwebhookconfiguration', namespace]))
    await admission.untilAsked(webhook)
  })

  after(async () => {
    const faults: unknown[] = []
    for (const cleanUp of cleanUps.reverse()) await cleanUp().catch((fault: unknown) => faults.push(fault))
    if (faults.length > 0) throw new AggregateError(faults, `not all was cleaned up: ${faults.join('; ')}`)
  })

  function namespaces(): string {
    const labels = { 'image-proxy-webhook/ignore': 'true' }
    const items = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ignoredNamespace, labels } },
    ]
    return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  }

  function world() {
    if (running === undefined) throw new Error('nothing is up yet')
    return running
  }

  const admission: Admission = {
    cluster: () => world().cluster,
    namespace,
    ignoredNamespace,
    kubectl: (...args) => world().cluster.kubectl([`--namespace=${namespace}`, ...args]),
    apply: (object, ...args) => world().cluster.apply(JSON.stringify(object), `--namespace=${namespace}`, ...args),
    async pod(name, of = namespace) {
      const { stdout } = await world().cluster.kubectl(['get', 'pod', name, `--namespace=${of}`, '--output=json'])
      return stored(JSON.parse(stdout) as V1Pod)
    },
    podOf: (app) =>
      waitFor(`the Pod of ${app}`, async () => {
        const { stdout } = await admission.kubectl('get', 'pods', `--selector=app=${app}`, '--output=json')
        const [pod] = (JSON.parse(stdout) as { items: V1Pod[] }).items
        return pod && stored(pod)
      }),
    async start(port) {
      const webhook = await startWebhookProcess(join(world().directory, 'config.yaml'), port)
      processes.push(webhook)
      return webhook
    },
    async register({ port }) {
      const { cluster, scene } = world()
      const url = `https://${cluster.hostAddress}:${port}/mutate`
      const ca = scene.authority.certificate
      const namespaces = [namespace, ignoredNamespace]
      await cluster.apply(await registration({ name: namespace, url, ca, namespaces }))
    },
    async untilAsked({ log }) {
      const probe = `probe-${randomBytes(4).toString('hex')}`
      await waitFor('the API server to ask the webhook', async () => {
        await admission.kubectl('run', probe, '--image=redis:7', '--dry-run=server')
        return log().includes(probe)
      })
    },
  }
  return admission
}
