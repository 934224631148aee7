import { expect } from 'chai'
import { createLeadership } from '../../src/cluster/leadership.ts'
import { refuse, reply, startStandIn, type StandIn } from '../support/apiServer.ts'
import { eventually } from '../support/eventually.ts'

describe('The leadership among replicas', () => {
  let standIn: StandIn
  beforeEach(async () => {
    standIn = await startStandIn((request, response) => {
      if (request.method === 'GET') refuse(response, 404, 'NotFound', 'no such Lease')
      else reply(response, 201, { metadata: { resourceVersion: '1' }, spec: { holderIdentity: 'replica-1' } })
    })
  })
  afterEach(() => standIn.close())

  it('is sought when the first who needs it asks, and told to all in order, whenever they come', async () => {
    const told: string[] = []
    const leadership = createLeadership({
      api: standIn.api,
      namespace: 'my-system',
      name: 'my-webhook',
      identity: 'replica-1',
      onChange: (leading) => told.push(`first ${leading}`),
    })
    expect([standIn.asked.length, leadership.leading()]).to.deep.equal([0, false])
    leadership.follow((leading) => told.push(`second ${leading}`))
    leadership.follow((leading) => told.push(`third ${leading}`))
    await eventually(() => {
      expect(told).to.deep.equal(['first true', 'second true', 'third true'])
    })
    leadership.follow((leading) => told.push(`late ${leading}`))
    expect([leadership.leading(), told.at(-1)]).to.deep.equal([true, 'late true'])
    await leadership.stop()
  })
})
