import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { V1Pod } from '@kubernetes/client-node'
import { expect } from 'chai'
import type { Api } from '../../../src/kubernetes/api.ts'
import type { LogLine } from '../../support/app.ts'
import { createBundle, imageSettings, peakMemory } from '../../support/bundle.ts'
import { startCommand, type Program } from '../../support/program.ts'
import { required } from '../support/cluster.ts'
import { waitFor } from '../support/wait.ts'
import { webhookConfigurationManifest, useApiServer } from './support/apiServer.ts'

const [namespaces, podsInEach, mendable] = [100, 10, 70]
const pullSecret = 'my-app-registry'
/** Millisecond in which the webhook's budget has one more. */
const refill = 3000
/** Pods that are mended at once, and before any of the last ones: the budget grows while the machine is busy with them. */
const [atOnce, early] = [60, 63]

interface RepairLine extends LogLine {
  readonly time: number
  readonly pod?: string
  readonly result?: string
}

/** No node ever runs them: they are Pending, and this test says of them what a kubelet would. */
describe('The webhook in a cluster of 100 namespaces with 1 000 Pods that wait for images', function () {
  this.timeout(240_000)
  const server = useApiServer()

  it('takes less than 140 MB idle and 200 MiB then, and mends 60 Pods at once and then 20 a minute', async () => {
    const webhook = await start()
    await waitFor('it to lead', () => webhook.log().some(({ msg }) => msg === 'leadership'))
    const idle = await leastResident(webhook.pid, 8)
    const api = await server.client(2000)
    await createWaitingPods(api)

    await waitFor('70 Pods to be mended', () => mended(webhook).length === mendable, { seconds: 100 })
    const times = mended(webhook).map(({ time }) => time)
    const [first = 0, sixtyFourth = 0, last = 0] = [times[0], times[early], times.at(-1)]
    const burst = times.filter((time) => time - first < 3 * refill).length
    const pace = (last - sixtyFourth) / (mendable - 1 - early)
    const peak = peakMemory(webhook.pid)
    console.log(
      `      idle ${megabytes(idle)} MB, at most ${megabytes(peak)} MB; ${burst} Pods in 9 s, ` +
        `then one in ${(pace / 1000).toFixed(1)} s, the last of 70 after ${(last - first) / 1000} s`,
    )
    expect(burst).to.be.within(atOnce, early)
    // Each is told of when it is done, and that may take this one longer than that one.
    expect(pace).to.be.at.least(refill - 500)
    expect(new Set(mended(webhook).map(({ pod }) => pod)).size).to.equal(mendable)
    expect(idle).to.be.below(140e6)
    expect(peak).to.be.below(200 * 1024 * 1024)
  })

  const mended = (webhook: Program): readonly RepairLine[] =>
    (webhook.log() as RepairLine[]).filter(({ msg, result }) => msg === 'repair' && result === 'patched')

  /** The bundle, as the image runs it, outside of the cluster. */
  async function start(): Promise<Program> {
    const home = await server.namespace()
    const name = `pending-${home}`
    const configuration = JSON.parse(webhookConfigurationManifest(name)) as { webhooks: object[] }
    const webhooks = configuration.webhooks.map((webhook) => ({
      ...webhook,
      namespaceSelector: { matchLabels: { crowd: 'pending' } },
    }))
    await server.cluster().apply(JSON.stringify({ ...configuration, webhooks }))
    server.cleanUp(() => server.cluster().kubectl(['delete', 'mutatingwebhookconfiguration', name]))

    const directory = await mkdtemp(join(tmpdir(), 'pending-pods-'))
    server.cleanUp(() => rm(directory, { recursive: true }))
    const file = join(directory, 'config.yaml')
    const config = {
      appSlug: 'my-app',
      license: { id: 'any' },
      namespaces: ['*'],
      kubernetes: { namespace: home, webhookConfiguration: name },
      // No registry is asked.
      policy: {
        rules: [
          { match: 'quay.io/mendable/**', action: 'proxy' },
          { match: 'quay.io/**', action: 'leave' },
        ],
      },
      server: { port: 0 },
      metrics: { port: 0 },
    }
    await writeFile(file, JSON.stringify(config))
    const bundle = await createBundle()
    server.cleanUp(bundle.close)
    const webhook = startCommand(process.execPath, [...bundle.argv, 'serve', '--config', file], {
      ...imageSettings().env,
      KUBECONFIG: required(server.cluster().env, 'KUBECONFIG'),
    })
    server.cleanUp(async () => {
      webhook.kill('SIGTERM')
      await webhook.ended
    })
    await webhook.listening()
    return webhook
  }

  async function createWaitingPods(api: Api): Promise<void> {
    await inParallel(namespaces, async (index) => {
      const name = `pending-${index}`
      await api.core.createNamespace({ body: { metadata: { name, labels: { crowd: 'pending' } } } })
      await api.core.createNamespacedServiceAccount({ namespace: name, body: { metadata: { name: 'own' } } })
    })
    server.cleanUp(() => server.cluster().kubectl(['delete', 'namespaces', '--selector=crowd=pending', '--wait=false']))
    const all = Array.from({ length: namespaces * podsInEach }, (_, index) => ({
      namespace: `pending-${index % namespaces}`,
      name: `pod-${index}`,
    }))
    await inParallel(all.length, async (index) => {
      const { namespace = '', name = '' } = all[index] ?? {}
      await api.core.createNamespacedPod({ namespace, body: podOf(name, index < mendable) })
    })
    // Those that can be mended come last, and at once.
    const status = { phase: 'Pending', containerStatuses: ['main', 'other'].map(waiting) }
    const order = [...all.slice(mendable), ...all.slice(0, mendable)]
    await inParallel(order.length, async (index) => {
      const { namespace = '', name = '' } = order[index] ?? {}
      await api.core.patchNamespacedPodStatus({ namespace, name, body: { status } }, api.with({ patch: 'MergePatch' }))
    })
  }
})

function podOf(name: string, isMendable: boolean): V1Pod {
  const repository = isMendable ? 'mendable' : 'left-alone'
  const env = Array.from({ length: 20 }, (_, index) => ({ name: `SETTING_${index}`, value: 'x'.repeat(50) }))
  const containers = ['main', 'other'].map((name) => ({ name, image: `quay.io/${repository}/${name}:1`, env }))
  const spec = {
    containers,
    serviceAccountName: 'own',
    automountServiceAccountToken: false,
    imagePullSecrets: [{ name: pullSecret }],
    schedulingGates: [{ name: 'example.com/never' }],
  }
  return { metadata: { name }, spec }
}

const waiting = (name: string) => ({
  name,
  image: '',
  imageID: '',
  ready: false,
  restartCount: 0,
  state: { waiting: { reason: 'ImagePullBackOff' } },
})

/** The least bytes in RAM within so many seconds: a process gives back what its start took when it has nothing to do. */
async function leastResident(pid: number, seconds: number): Promise<number> {
  let least = Infinity
  for (let second = 0; second < seconds; second++) {
    await pause(1000)
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    least = Math.min(least, Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024)
  }
  return least
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}

async function inParallel(count: number, action: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) await action(next++)
  }
  await Promise.all(Array.from({ length: 16 }, worker))
}
