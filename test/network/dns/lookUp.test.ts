import { expect } from 'chai'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { lookUp, type LookUp } from '../../../src/network/dns/lookUp.ts'
import type { NameServer as Asked } from '../../../src/network/dns/nameServers.ts'
import { response, startNameServer, type DnsAnswer, type NameServer } from '../../support/nameServer.ts'

/** In milliseconds: less than the wait for the next name server. */
const atOnce = 250

describe('a look-up', () => {
  const running: NameServer[] = []
  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.close()))
  })

  /** Name servers that answer each question so. */
  async function serversAnswering(...answers: readonly DnsAnswer[]): Promise<readonly NameServer[]> {
    const started = await Promise.all(answers.map((answer) => startNameServer(() => answer)))
    running.push(...started)
    return started
  }

  function at({ address }: Pick<NameServer, 'address'>): Asked {
    const url = new URL(`dns://${address}`)
    return { address: url.hostname, port: Number(url.port) }
  }

  /** What is found of a name in IPv4, and how long it takes in milliseconds. */
  async function find(
    servers: readonly Pick<NameServer, 'address'>[],
    { overTcp = false, patience = 5000, ...more }: Partial<LookUp> & { overTcp?: boolean; patience?: number } = {},
  ) {
    const started = performance.now()
    const finding = await lookUp({
      names: ['registry.test'],
      families: [4],
      nameServers: { servers: servers.map(at), overTcp },
      signal: AbortSignal.timeout(patience),
      ...more,
    })
    const found = finding.kind === 'addresses' ? finding.addresses.map(({ address }) => address) : finding.kind
    return { found, took: performance.now() - started }
  }

  /** The same, and the shortest time of three: a busy machine holds up one or the other. */
  async function findThrice(servers: readonly Pick<NameServer, 'address'>[]) {
    const tries = [await find(servers), await find(servers), await find(servers)]
    return { found: tries[0]?.found, took: Math.min(...tries.map(({ took }) => took)) }
  }

  for (const answer of ['servfail', 'refused'] as const) {
    it(`asks the next name server at once where one answers "${answer}"`, async () => {
      const { found, took } = await findThrice(await serversAnswering(answer, ['10.0.0.2']))
      expect(found).to.deep.equal(['10.0.0.2'])
      expect(took).to.be.lessThan(atOnce)
    })
  }

  it('asks the next name server at once where nobody listens at the address of one', async () => {
    const [gone, other] = await serversAnswering('silence', ['10.0.0.2'])
    await gone?.close()
    running.splice(0, 1)
    const { found, took } = await findThrice([gone, other].filter((server) => server !== undefined))
    expect(found).to.deep.equal(['10.0.0.2'])
    expect(took).to.be.lessThan(atOnce)
  })

  it('asks the next name server after 300 ms where one is silent', async () => {
    const { found, took } = await find(await serversAnswering('silence', ['10.0.0.2']))
    expect(found).to.deep.equal(['10.0.0.2'])
    expect(took).to.be.within(290, 2000)
  })

  for (const answer of ['nxdomain', []] as const) {
    it(`believes the first name server that knows there is ${answer.length === 0 ? 'no address' : 'no such name'}`, async () => {
      const servers = await serversAnswering(answer, ['10.0.0.2'])
      expect((await find(servers)).found).to.equal('none')
      expect(servers[1]?.asked).to.deep.equal([])
    })
  }

  it('takes the answer of a slow name server although another one was asked meanwhile', async () => {
    const slow = createSocket('udp4')
    let answered = false
    slow.on('message', (query, { port, address }) => {
      if (answered) return
      answered = true
      setTimeout(() => {
        slow.send(response(query, ['10.0.0.1']), port, address)
      }, 600)
    })
    slow.bind(0, '127.0.0.1')
    await once(slow, 'listening')
    const [silent] = await serversAnswering('silence')
    const { found } = await find(
      [{ address: `127.0.0.1:${slow.address().port}` }, silent].filter((of) => of !== undefined),
    )
    slow.close()
    expect(found).to.deep.equal(['10.0.0.1'])
  })

  it('asks nobody over TCP for more where there was room for some addresses', async () => {
    const servers = await serversAnswering({ overUdp: ['10.0.0.1'], overTcp: ['10.0.0.1', '10.0.0.2'] })
    expect((await find(servers)).found).to.deep.equal(['10.0.0.1'])
    expect(servers[0]?.askedOverTcp).to.deep.equal([])
  })

  it('asks over TCP where there was room for no address', async () => {
    const servers = await serversAnswering({ overUdp: [], overTcp: ['10.0.0.1', '10.0.0.2'] })
    expect((await find(servers)).found).to.deep.equal(['10.0.0.1', '10.0.0.2'])
  })

  it('asks over TCP at once where resolv.conf says so', async () => {
    const servers = await serversAnswering(['10.0.0.1'])
    expect((await find(servers, { overTcp: true })).found).to.deep.equal(['10.0.0.1'])
    expect({ all: servers[0]?.asked, overTcp: servers[0]?.askedOverTcp }).to.deep.equal({
      all: ['A registry.test'],
      overTcp: ['A registry.test'],
    })
  })

  const many = (count: number) => Array.from({ length: count }, (_, index) => `10.0.${index >> 8}.${index & 255}`)

  it('reads an answer over TCP that has as many addresses as a host may have, and more', async () => {
    const servers = await serversAnswering({ overUdp: [], overTcp: many(200) })
    expect((await find(servers)).found).to.have.lengthOf(129)
  })

  it('does not read an answer of over 8 KiB', async () => {
    const servers = await serversAnswering({ overUdp: [], overTcp: many(4000) })
    expect((await find(servers)).found).to.equal('refused')
  })

  for (const answer of ['servfail', 'refused'] as const) {
    it(`believes a name server that answers "${answer}" over TCP alone`, async () => {
      const { found } = await find(await serversAnswering({ overUdp: [], overTcp: answer }))
      expect(found).to.equal(answer === 'servfail' ? 'failed' : 'refused')
    })
  }

  it('asks the next name server where the connection to one ends in the middle of its answer', async () => {
    const cut = createServer((connection) => {
      connection.once('data', () => connection.end(Buffer.from([0, 100, 1, 2, 3])))
    })
    cut.listen(0, '127.0.0.1')
    await once(cut, 'listening')
    const [other] = await serversAnswering(['10.0.0.2'])
    const servers = [{ address: `127.0.0.1:${(cut.address() as AddressInfo).port}` }, other]
    const { found } = await find(
      servers.filter((server) => server !== undefined),
      { overTcp: true },
    )
    cut.close()
    expect(found).to.deep.equal(['10.0.0.2'])
  })

  it('ends in silence when its time is over, over UDP and over TCP', async () => {
    const overUdp = await find(await serversAnswering('silence'), { patience: 100 })
    const overTcp = await find(await serversAnswering({ overUdp: [], overTcp: 'silence' }), { patience: 100 })
    expect([overUdp.found, overTcp.found]).to.deep.equal(['silence', 'silence'])
  })

  it('is of the last name that was asked for where none has an address', async () => {
    const [server] = await serversAnswering('nxdomain')
    const { found } = await find(
      [server].filter((of) => of !== undefined),
      { names: ['a.test', 'b.test'] },
    )
    expect({ found, asked: server?.asked }).to.deep.equal({ found: 'none', asked: ['A a.test', 'A b.test'] })
  })

  it('takes no answer that somebody else sends, nor one to another question', async () => {
    const forger = createSocket('udp4')
    const server = createSocket('udp4')
    server.on('message', (query, { port, address }) => {
      const forged = response(query, ['10.6.6.6'])
      const toAnother = Buffer.from(forged)
      toAnother.writeUInt16BE(toAnother.readUInt16BE(0) ^ 1, 0)
      forger.send(forged, port, address, () => {
        server.send(toAnother, port, address)
        server.send(response(query, ['10.0.0.1']), port, address)
      })
    })
    server.bind(0, '127.0.0.1')
    await once(server, 'listening')
    const { found } = await find([{ address: `127.0.0.1:${server.address().port}` }])
    server.close()
    forger.close()
    expect(found).to.deep.equal(['10.0.0.1'])
  })
})
