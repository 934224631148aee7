import { expect } from 'chai'
import type { V1MutatingWebhook } from '@kubernetes/client-node'
import type { Admission } from '../../src/admission/admission.ts'
import type { Occurrence } from '../../src/cluster/events.ts'
import { startPodRepair } from '../../src/cluster/podRepair.ts'
import type { WebhookConfiguration } from '../../src/cluster/webhookConfiguration.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { eventually } from '../support/eventually.ts'
import { startPodCluster, type PodCluster } from '../support/podCluster.ts'
import { podObject } from '../support/podObjects.ts'

const secret = 'my-app-registry'
const image = 'quay.io/my-org/api:1'
const location = `proxy.replicated.com/proxy/my-app/${image}`

interface Question {
  readonly deadline: number
  readonly since: number | undefined
}

/** Decides that every image is to be pulled from the proxy. */
function createAdmission(questions: Question[]): Pick<Admission, 'admit'> {
  return {
    admit: ({ pod }, deadline, since) => {
      questions.push({ deadline, since })
      const images = (pod?.images ?? []).map(({ name, image }) => {
        const rewritten = { image, action: 'rewrite', reason: 'private', location } as const
        const decision =
          image === location ? ({ image, action: 'attach', reason: 'already-proxied' } as const) : rewritten
        return { name, decision, cached: true, milliseconds: 0 }
      })
      return { result: 'patched', patch: [{ op: 'add', path: '/spec', value: {} }], warnings: [], images }
    },
  }
}

describe('The repair of Pods that wait', function () {
  this.timeout(20_000)
  const ends: (() => unknown)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })

  async function start(webhook: Partial<V1MutatingWebhook> = {}, text = '') {
    const cluster: PodCluster = await startPodCluster()
    ends.push(cluster.close)
    const occurrences: Occurrence[] = []
    const questions: Question[] = []
    const lines: { level: string; msg: string; result?: string; pod?: string; owner?: string }[] = []
    const destination = { write: (line: string) => lines.push(JSON.parse(line) as (typeof lines)[number]) }
    const metrics = createMetrics({ version: '1.2.3' })
    const listeners: ((leading: boolean) => void)[] = []
    const changed: (() => void)[] = []
    const repair = startPodRepair({
      api: cluster.api,
      config: loadConfig({ text: `{appSlug: my-app, namespaces: ["*"]${text}}`, env: {}, terminal: false }),
      configuration: {
        state: () => 'present',
        webhooks: () => [
          { name: 'x', sideEffects: 'None', admissionReviewVersions: ['v1'], clientConfig: {}, ...webhook },
        ],
        onChange: (listener) => {
          changed.push(listener)
        },
      } as Partial<WebhookConfiguration> as WebhookConfiguration,
      leadership: {
        leading: () => true,
        follow: (listener) => listeners.push(listener),
        stop: () => Promise.resolve(),
      },
      events: { warn: () => undefined, record: (occurrence) => occurrences.push(occurrence) },
      log: await createLogger({ level: 'info', format: 'json', destination }),
      metrics,
      fault: () => undefined,
      keeper: undefined,
      admission: createAdmission(questions),
      terms: () => ({ pullSecret: secret, appSlug: 'my-app' }),
      isServing: () => true,
    })
    ends.push(repair.end)
    const lead = (leading: boolean) => {
      for (const listener of listeners) listener(leading)
    }
    const change = () => {
      for (const listener of changed) listener()
    }
    return { cluster, occurrences, questions, lines, metrics, lead, change, repair }
  }
  const named = (name: string) => podObject({ name, secrets: [secret] })

  it('tells of each Pod in a line of the log, an Event on its owner, and a count', async () => {
    const { cluster, occurrences, lines, metrics, lead } = await start()
    cluster.put(named('api-1'))
    lead(true)
    await eventually(() => {
      expect(occurrences).to.have.lengthOf(1)
    })
    expect(occurrences[0]).to.deep.include({
      namespace: 'my-app',
      regarding: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'api', uid: 'uid-of-api' },
      type: 'Normal',
      reason: 'ImageRepaired',
      action: 'PatchPod',
    })
    const [line] = lines.filter(({ msg }) => msg === 'repair')
    expect([line?.level, line?.pod, line?.owner, line?.result]).to.deep.equal([
      'info',
      'api-1',
      'ReplicaSet/api',
      'patched',
    ])
    expect(await metrics.text()).to.include('image_proxy_webhook_repairs_total{result="patched"} 1')
  })

  it('is the leader’s alone, and ends with its term', async () => {
    const { cluster, lead } = await start()
    cluster.put(named('api-1'))
    lead(true)
    await eventually(() => {
      expect(cluster.writes).to.deep.equal(['PATCH my-app/api-1'])
    })
    lead(false)
    cluster.put(named('api-2'))
    lead(true)
    await eventually(() => {
      expect(cluster.writes).to.deep.equal(['PATCH my-app/api-1', 'PATCH my-app/api-2'])
    })
    const lists = cluster.asked.filter((asked) => asked.includes('/pods?') && !asked.includes('watch='))
    expect(lists, 'each term begins with a list').to.have.lengthOf(2)
  })

  it('gives registries the time of two checks, and believes nothing that they said long before the Pod waited', async () => {
    const { cluster, questions, lead } = await start({}, ', check: {total: 4s}')
    lead(true)
    const before = Date.now()
    cluster.put(named('api-1'))
    await eventually(() => {
      expect(questions).not.to.be.empty
    })
    expect(questions[0]?.deadline).to.equal(8000)
    // Pods of one image come together: what was asked for the first of them holds for the others.
    expect(questions[0]?.since).to.be.within(before - 10_100, Date.now() - 10_000)
  })

  it('warns in an Event of a Pod that cannot be mended', async () => {
    const { cluster, occurrences, lead, repair } = await start()
    cluster.put(podObject({ name: 'bare', owner: '' }))
    lead(true)
    await eventually(() => {
      expect(cluster.asked).to.include('GET /api/v1/namespaces/my-app')
    })
    const { now } = performance
    // Nothing is said of a Pod before it has waited for ten seconds.
    performance.now = () => now.call(performance) + 11_000
    try {
      await eventually(() => {
        repair.lookAgain()
        expect(occurrences.map(({ type, reason }) => [type, reason])).to.deep.equal([['Warning', 'ImageNotRepaired']])
      })
    } finally {
      performance.now = now
    }
  })

  it('deletes nothing a moment after the start, before every node sends reviews here', async () => {
    const { cluster, lead } = await start()
    cluster.put(podObject({ name: 'anew' }))
    cluster.put(named('in-place'))
    lead(true)
    await eventually(() => {
      expect(cluster.writes).to.deep.equal(['PATCH my-app/in-place'])
    })
  })

  it('says once, at the start, where conditions of the user’s own keep it from deleting', async () => {
    const matchConditions = [{ name: 'no-istio', expression: 'true' }]
    const own = [{ name: 'not-ignored', expression: 'true' }]
    const told = async (webhook: Partial<V1MutatingWebhook>, text?: string) => {
      const { lines, change } = await start(webhook, text)
      change()
      return lines.filter(({ msg }) => msg.startsWith('webhook.matchConditions:')).length
    }
    expect([
      await told({ matchConditions }),
      await told({ matchConditions: own }),
      await told({ matchConditions }, ', repair: {enabled: false}'),
    ]).to.deep.equal([1, 0, 0])
  })
})
