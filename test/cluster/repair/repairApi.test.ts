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

  /** Two objects in each of three pages. */
  function answerInPages(): void {
    answer = (request, response) => {
      const query = new URL(request.url ?? '', 'https://localhost').searchParams
      const page = Number(query.get('continue') ?? 0)
      const items = [0, 1].map((index) => ({ metadata: { namespace: 'my-app', name: `object-${2 * page + index}` } }))
      reply(response, 200, { metadata: page < 2 ? { continue: String(page + 1) } : {}, items })
    }
  }
  const six = ['object-0', 'object-1', 'object-2', 'object-3', 'object-4', 'object-5']

  it('is every Job, page by page', async () => {
    answerInPages()
    const names: (string | undefined)[] = []
    await api.eachJob(({ metadata }) => names.push(metadata?.name))
    expect(names).to.deep.equal(six)
  })

  it('is the Jobs of each namespace that is looked after, and of no other', async () => {
    answer = (_request, response) => {
      reply(response, 200, { metadata: {}, items: [] })
    }
    await createRepairApi(server.api, ['one', 'two'], 'image-proxy-webhook').eachJob(() => undefined)
    expect(server.asked.map((asked) => asked.replace(/\?.*/, ''))).to.deep.equal([
      'GET /apis/batch/v1/namespaces/one/jobs',
      'GET /apis/batch/v1/namespaces/two/jobs',
    ])
  })

  it('is every Pod of a Job, page by page, by the label that its controller sets', async () => {
    answerInPages()
    const pods = await api.podsOfJob({ namespace: 'my-app', name: 'import' })
    expect(pods.map(({ metadata }) => metadata?.name)).to.deep.equal(six)
    expect(server.asked[0]).to.include('labelSelector=batch.kubernetes.io%2Fjob-name%3Dimport')
  })

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
      expect([await api.deletePod(pod), await api.patchPod(name, []), await api.patchJob(name, {})]).to.deep.equal([
        written,
        written,
        written,
      ])
      expect(server.asked).to.have.lengthOf(3)
    })
  }
})
