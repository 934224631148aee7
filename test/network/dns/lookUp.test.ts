import { expect } from 'chai'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { eventually } from '../../support/eventually.ts'
import { response } from '../../support/nameServer.ts'
import { createLookUpScene, find, type LookUpScene, type Place } from './lookUpScene.ts'

/** In milliseconds: less than the wait for the next name server. */
const atOnce = 250

describe('a look-up', () => {
  let scene: LookUpScene
  beforeEach(() => {
    scene = createLookUpScene()
  })
  afterEach(() => scene.close())

  /** What is found, and the shortest time of three: a busy machine holds up one or the other. */
  async function findThrice(servers: readonly Place[]) {
    const tries = [await find(servers), await find(servers), await find(servers)]
    return { found: tries[0]?.found, took: Math.min(...tries.map(({ took }) => took)) }
  }

  for (const answer of ['servfail', 'refused'] as const) {
    it(`asks the next name server at once where one answers "${answer}"`, async () => {
      const { found, took } = await findThrice(await scene.answering(answer, ['10.0.0.2']))
      expect(found).to.deep.equal(['10.0.0.2'])
      expect(took).to.be.lessThan(atOnce)
    })
  }

  it('asks the next name server at once where nobody listens at the address of one', async () => {
    const gone = createSocket('udp4').bind(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port } = gone.address()
    gone.close()
    const [other = { address: '' }] = await scene.answering(['10.0.0.2'])
    const { found, took } = await findThrice([{ address: `127.0.0.1:${port}` }, other])
    expect(found).to.deep.equal(['10.0.0.2'])
    expect(took).to.be.lessThan(atOnce)
  })

  it('asks the next name server after 300 ms where one is silent', async () => {
    const { found, took } = await find(await scene.answering('silence', ['10.0.0.2']))
    expect(found).to.deep.equal(['10.0.0.2'])
    expect(took).to.be.within(290, 2000)
  })

  for (const answer of ['nxdomain', []] as const) {
    it(`believes the first name server that knows there is ${answer.length === 0 ? 'no address' : 'no such name'}`, async () => {
      const servers = await scene.answering(answer, ['10.0.0.2'])
      expect((await find(servers)).found).to.equal('none')
      expect(servers[1]?.asked).to.deep.equal([])
    })
  }

  it('takes the answer of a slow name server although another one was asked meanwhile', async () => {
    const slow = createSocket('udp4').bind(0, '127.0.0.1')
    slow.once('message', (query, { port, address }) => {
      void pause(600).then(() => {
        slow.send(response(query, ['10.0.0.1']), port, address)
      })
    })
    await once(slow, 'listening')
    const [silent = { address: '' }] = await scene.answering('silence')
    const { found } = await find([{ address: `127.0.0.1:${slow.address().port}` }, silent])
    slow.close()
    expect(found).to.deep.equal(['10.0.0.1'])
  })

  it('asks again and again where datagrams are lost', async () => {
    let lost = 0
    const server = await scene.asking(() => (lost++ < 2 ? 'silence' : ['10.0.0.1']))
    expect((await find([server])).found).to.deep.equal(['10.0.0.1'])
  })

  it('ends in silence when its time is over, over UDP and over TCP', async () => {
    const overUdp = await find(await scene.answering('silence'), { patience: 100 })
    const overTcp = await find(await scene.answering({ overUdp: [], overTcp: 'silence' }), { patience: 100 })
    expect([overUdp.found, overTcp.found]).to.deep.equal(['silence', 'silence'])
  })

  it('is of the last name that was asked for where none has an address', async () => {
    const servers = await scene.answering('nxdomain')
    const { found } = await find(servers, { names: ['a.test', 'b.test'] })
    expect({ found, asked: servers[0]?.asked }).to.deep.equal({ found: 'none', asked: ['A a.test', 'A b.test'] })
  })

  it('takes no answer that somebody else sends, nor one to another question', async () => {
    const forger = createSocket('udp4')
    const server = createSocket('udp4').bind(0, '127.0.0.1')
    server.on('message', (query, { port, address }) => {
      const forged = response(query, ['10.6.6.6'])
      const toAnother = Buffer.from(forged)
      toAnother.writeUInt16BE(toAnother.readUInt16BE(0) ^ 1, 0)
      forger.send(forged, port, address, () => {
        server.send(toAnother, port, address)
        server.send(response(query, ['10.0.0.1']), port, address)
      })
    })
    await once(server, 'listening')
    const { found } = await find([{ address: `127.0.0.1:${server.address().port}` }])
    server.close()
    forger.close()
    expect(found).to.deep.equal(['10.0.0.1'])
  })

  it('asks a name server that has an IPv6 address', async () => {
    const server = await scene.asking(() => ['10.0.0.1'], '::1')
    expect((await find([server])).found).to.deep.equal(['10.0.0.1'])
  })

  it('waits a moment for the addresses of the other family', async () => {
    const server = await scene.asking(async (_, type) => {
      if (type === 'A') return ['10.0.0.1']
      await pause(10)
      return ['fd00::1']
    })
    // A busy machine makes one or the other wait longer.
    const tries: unknown[] = []
    for (let count = 0; count < 3; count++) tries.push((await find([server], { families: [6, 4] })).found)
    expect(tries).to.deep.include(['fd00::1', '10.0.0.1'])
  })

  it('is silence where one family has no address and nobody answers for the other', async () => {
    const server = await scene.asking((_, type) => (type === 'A' ? [] : 'silence'))
    expect((await find([server], { families: [4, 6], patience: 100 })).found).to.equal('silence')
  })

  it('leaves no socket and no timer behind, whoever has not answered yet', async () => {
    const silent = await scene.answering('silence', ['10.0.0.2'])
    const silentOverTcp = await scene.answering({ overUdp: [], overTcp: 'silence' }, ['10.0.0.2'])
    const half = await scene.asking((_, type) => (type === 'A' ? ['10.0.0.1'] : 'silence'))
    const kept = () => process.getActiveResourcesInfo().filter((kind) => /UDP|TCPSocket|Timeout/.test(kind)).length
    const before = kept()
    const patience = 600_000
    await find(silent, { patience })
    await find(silentOverTcp, { patience })
    await find([half], { patience, families: [4, 6] })
    await eventually(() => {
      expect(kept()).to.be.at.most(before)
    })
  })
})
