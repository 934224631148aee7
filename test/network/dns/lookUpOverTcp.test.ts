import { expect } from 'chai'
import { setTimeout as pause } from 'node:timers/promises'
import { response } from '../../support/nameServer.ts'
import { createLookUpScene, find, type LookUpScene } from './lookUpScene.ts'

const many = (count: number) => Array.from({ length: count }, (_, index) => `10.0.${index >> 8}.${index & 255}`)

describe('a look-up of what a datagram has no room for', () => {
  let scene: LookUpScene
  beforeEach(() => {
    scene = createLookUpScene()
  })
  afterEach(() => scene.close())

  it('asks nobody over TCP where there was room for some addresses', async () => {
    const servers = await scene.answering({ overUdp: ['10.0.0.1'], overTcp: ['10.0.0.1', '10.0.0.2'] })
    expect((await find(servers)).found).to.deep.equal(['10.0.0.1'])
    expect(servers[0]?.askedOverTcp).to.deep.equal([])
  })

  it('asks over TCP where there was room for no address', async () => {
    const servers = await scene.answering({ overUdp: [], overTcp: ['10.0.0.1', '10.0.0.2'] })
    expect((await find(servers)).found).to.deep.equal(['10.0.0.1', '10.0.0.2'])
  })

  it('asks over TCP at once where resolv.conf says so', async () => {
    const servers = await scene.answering(['10.0.0.1'])
    expect((await find(servers, { overTcp: true })).found).to.deep.equal(['10.0.0.1'])
    expect({ all: servers[0]?.asked, overTcp: servers[0]?.askedOverTcp }).to.deep.equal({
      all: ['A registry.test'],
      overTcp: ['A registry.test'],
    })
  })

  it('reads one address more than a host may have', async () => {
    const servers = await scene.answering({ overUdp: [], overTcp: many(200) })
    expect((await find(servers)).found).to.have.lengthOf(129)
  })

  it('does not read an answer of over 8 KiB', async () => {
    const servers = await scene.answering({ overUdp: [], overTcp: many(4000) })
    expect((await find(servers)).found).to.equal('refused')
  })

  it('reads an answer that comes in pieces', async () => {
    const server = await scene.overTcp(async (connection, query) => {
      const answer = response(query.subarray(2), ['10.0.0.1'])
      const whole = Buffer.concat([Buffer.from([0, answer.length]), answer])
      for (const end of [1, 2, 20, whole.length]) {
        connection.write(whole.subarray(connection.bytesWritten, end))
        await pause(20)
      }
    })
    expect((await find([server], { overTcp: true })).found).to.deep.equal(['10.0.0.1'])
  })

  for (const [answer, kind] of [
    ['servfail', 'failed'],
    ['refused', 'refused'],
  ] as const) {
    it(`is "${kind}" where the name server answers "${answer}" over TCP alone`, async () => {
      expect((await find(await scene.answering({ overUdp: [], overTcp: answer }))).found).to.equal(kind)
    })
  }

  it('asks the next name server where the connection to one ends in the middle of its answer', async () => {
    const cut = await scene.overTcp((connection) => void connection.end(Buffer.from([0, 100, 1, 2, 3])))
    const [other = cut] = await scene.answering(['10.0.0.2'])
    expect((await find([cut, other], { overTcp: true })).found).to.deep.equal(['10.0.0.2'])
  })

  it('asks the next name server where one has no room over TCP either', async () => {
    const odd = await scene.overTcp((connection, query) => {
      const answer = response(query.subarray(2), [])
      answer.writeUInt16BE(0x8380, 2)
      connection.end(Buffer.concat([query.subarray(0, 2), answer]))
    })
    const [other = odd] = await scene.answering(['10.0.0.2'])
    expect((await find([odd, other], { overTcp: true })).found).to.deep.equal(['10.0.0.2'])
  })
})
