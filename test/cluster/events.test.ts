import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { createEventRecorder, type EventRecorder, type Occurrence } from '../../src/cluster/events.ts'
import type { JsonObject } from '../../src/json.ts'
import { refuse, reply, startStandIn, type StandIn } from '../support/apiServer.ts'
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

  it('that is written after others were not ends the fault', async () => {
    const faults: unknown[] = []
    const taking = await startStandIn((_request, response) => {
      if (taking.asked.length === 1) refuse(response, 503, 'Scripted', 'as the test has it')
      else reply(response, 201, {})
    })
    const again = createEventRecorder({
      api: taking.api,
      identity: 'replica-1',
      onFault: (sentence) => faults.push(sentence),
    })
    for (const [index, action] of ['DeletePod', 'PatchPod'].entries()) {
      again.record({ ...occurrence, action })
      await eventually(() => {
        expect(faults).to.have.lengthOf(index + 1)
      })
    }
    await taking.close()
    expect(faults[1]).to.equal(undefined)
  })

  describe('that the API server refuses', () => {
    /** What is told of an Event that is answered with this status, and how often it was sent. */
    async function refused(status: number): Promise<{ faults: unknown[]; sent: number }> {
      const faults: unknown[] = []
      const refusing = await startStandIn((_request, response) => {
        refuse(response, status, 'Scripted', 'as the test has it')
      })
      const { api, asked } = refusing
      const other = createEventRecorder({ api, identity: 'replica-1', onFault: (sentence) => faults.push(sentence) })
      other.record(occurrence)
      await eventually(() => {
        expect(asked).to.have.lengthOf(1)
      })
      // What comes after it has been answered is answered later.
      await api.core.readNamespace({ name: 'a' }, api.with({ retry: false })).catch(() => undefined)
      await refusing.close()
      return { faults, sent: asked.filter((line) => line.startsWith('POST')).length }
    }

    it('is told, and not sent again', async () => {
      expect(await refused(503)).to.deep.equal({
        faults: ['an Event could not be written: the API server answers 503: as the test has it'],
        sent: 1,
      })
    })

    for (const [status, why] of [
      [409, 'another replica has written it'],
      [404, 'its namespace is gone'],
    ] as const) {
      it(`is no fault with ${status}: ${why}`, async () => {
        expect((await refused(status)).faults).to.deep.equal([])
      })
    }
  })
})
