import { expect } from 'chai'
import { createRepairApi, type RepairApi } from '../../../src/cluster/repair/repairApi.ts'
import { refuse, reply, startStandIn, type StandIn } from '../../support/apiServer.ts'
import { text } from 'node:stream/consumers'

const name = { namespace: 'my-app', name: 'api-1' }

describe('What a repair asks of the API server', () => {
  let server: StandIn
  let api: RepairApi
  let answer: Parameters<typeof startStandIn>[0]

  beforeEach(async () => {
    server = await startStandIn((request, response) => {
      answer(request, response)
    })
    api = createRepairApi(server.api, ['*'], 'image-proxy-webhook')
  })
  afterEach(() => server.close())

  it('is a dry run where an image is only tried, whose warnings it tells', async () => {
    let body = ''
    answer = (request, response) => {
      void text(request).then((sent) => {
        body = sent
        reply(response, 200, { metadata: name }, { Warning: '299 - "so"' })
      })
    }
    expect(await api.tryImage(name, 'x')).to.equal('299 - "so"')
    expect(server.asked).to.deep.equal([
      'PATCH /api/v1/namespaces/my-app/pods/api-1?dryRun=All&fieldManager=image-proxy-webhook',
    ])
    expect(JSON.parse(body)).to.deep.equal([{ op: 'replace', path: '/spec/containers/0/image', value: 'x' }])
  })

  it('is that labels are taken away from a Pod as it was seen, and no other', async () => {
    let body = ''
    answer = (request, response) => {
      void text(request).then((sent) => {
        body = sent
        reply(response, 200, { metadata: { ...name, resourceVersion: '8' } })
      })
    }
    const released = await api.releasePod({ ...name, uid: 'u', resourceVersion: '7' }, ['a', 'b'], { 'x/y': 'z' })
    expect(released).to.deep.equal({ resourceVersion: '8' })
    expect(JSON.parse(body)).to.deep.equal({
      metadata: { uid: 'u', resourceVersion: '7', labels: { a: null, b: null }, annotations: { 'x/y': 'z' } },
    })
  })

  const refusals = [
    [404, 'gone'],
    [409, 'changed'],
  ] as const
  for (const [status, written] of refusals) {
    it(`is ${written} where the API server answers a write with ${status}`, async () => {
      answer = (_request, response) => {
        refuse(response, status, 'Refused', 'so it is')
      }
      const pod = { ...name, uid: 'u', resourceVersion: '7' }
      expect([await api.deletePod(pod), await api.patchPod(name, []), await api.releasePod(pod, [], {})]).to.deep.equal(
        [written, written, written],
      )
      expect(server.asked).to.have.lengthOf(3)
    })
  }

  it('is not asked again where the API server is overloaded: whoever asked looks anew', async () => {
    answer = (_request, response) => {
      refuse(response, 503, 'Busy', 'busy')
    }
    const pod = { ...name, uid: 'u', resourceVersion: '7' }
    const writes = [api.deletePod(pod), api.patchPod(name, []), api.releasePod(pod, [], {}), api.tryImage(name, 'x')]
    await Promise.allSettled(writes)
    expect(server.asked).to.have.lengthOf(4)
  })
})
