import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { createEventRecorder, type EventRecorder, type Occurrence } from '../../src/cluster/events.ts'
import type { JsonObject } from '../../src/json.ts'
import { reply, startStandIn, type StandIn } from '../support/apiServer.ts'
import { createClock } from '../support/clock.ts'
import { eventually } from '../support/eventually.ts'

describe('An Event', () => {
  let standIn: StandIn
  let recorder: EventRecorder
  let events: JsonObject[]
  const clock = createClock()

  beforeEach(async () => {
    events = []
    standIn = await startStandIn((request, response) => {
      void text(request).then((body) => {
        events.push(JSON.parse(body) as JsonObject)
        reply(response, 201, {})
      })
    })
    recorder = createEventRecorder({ api: standIn.api, identity: 'replica-1', now: clock.now })
  })
  afterEach(() => standIn.close())

  const occurrence: Occurrence = {
    namespace: 'my-app',
    regarding: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'api', uid: 'a-uid' },
    type: 'Normal',
    reason: 'ImageRepaired',
    note: 'Pod api-1 was deleted',
    action: 'DeletePod',
  }
  const untilThereAre = (count: number) =>
    eventually(() => {
      expect(events).to.have.lengthOf(count)
    })

  it('tells what was done, by whom, and about which object', async () => {
    recorder.record(occurrence)
    await untilThereAre(1)
    expect(events[0]).to.deep.include({
      type: 'Normal',
      reason: 'ImageRepaired',
      note: 'Pod api-1 was deleted',
      action: 'DeletePod',
      regarding: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'api', uid: 'a-uid', namespace: 'my-app' },
      reportingController: 'image-proxy-webhook',
      reportingInstance: 'replica-1',
    })
  })

  it('is written once an hour for an object and an action', async () => {
    recorder.record(occurrence)
    recorder.record({ ...occurrence, note: 'Pod api-2 was deleted' })
    recorder.record({ ...occurrence, action: 'PatchPod' })
    clock.advance(3_600_000)
    recorder.record(occurrence)
    await untilThereAre(3)
    const names = events.map(({ metadata }) => (metadata as { name: string }).name)
    expect(new Set(names).size).to.equal(3)
  })

  it('is cut where its note is longer than Kubernetes lets it be', async () => {
    recorder.record({ ...occurrence, note: 'x'.repeat(5000) })
    await untilThereAre(1)
    expect(String(events[0]?.['note']).length).to.be.at.most(1024)
  })

  it('about a Secret has a name that replicas agree on', async () => {
    recorder.warn({ namespace: 'my-app', secret: 'my-app-registry', reason: 'PullSecretNotOurs', note: 'no' })
    await untilThereAre(1)
    expect(events[0]?.['metadata']).to.deep.include({ name: 'my-app-registry.pullsecretnotours', namespace: 'my-app' })
  })
})
