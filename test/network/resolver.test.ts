import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createResolver, systemResolver } from '../../src/network/resolver.ts'
import type { ResolverOptions } from '../../src/network/resolver.ts'
import { createClock } from '../support/clock.ts'
import { eventually } from '../support/eventually.ts'
import { startNameServer, type DnsAnswer, type NameServer } from '../support/nameServer.ts'
import { failureOf } from '../support/transports.ts'

describe('the resolver', () => {
  let directory: string
  let server: NameServer
  const answers = new Map<string, DnsAnswer>()
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'resolver-'))
    server = await startNameServer((name, type) => {
      const silent = name === 'silent.test' || name.endsWith('.silent.test')
      return silent ? 'silence' : (answers.get(`${type} ${name}`) ?? answers.get(name) ?? 'nxdomain')
    })
  })
  after(async () => {
    await server.close()
    await rm(directory, { recursive: true })
  })
  beforeEach(() => {
    answers.clear()
  })

  /** A resolver of the name server, with files of its own. */
  async function withResolver<Result>(
    use: (ask: (name: string) => Promise<readonly string[]>, close: () => void) => Promise<Result>,
    {
      hosts = '',
      resolvConf = '',
      servers = [server.address],
      ...options
    }: { hosts?: string; resolvConf?: string; servers?: readonly string[] } & Partial<ResolverOptions> = {},
  ): Promise<Result> {
    const hostsFile = join(directory, 'hosts')
    const resolvConfFile = join(directory, 'resolv.conf')
    const lines = ['domain .', ...servers.map((address) => `nameserver ${address}`), resolvConf]
    await Promise.all([writeFile(hostsFile, hosts), writeFile(resolvConfFile, lines.join('\n'))])
    const files = { hostsFile, resolvConf: resolvConfFile }
    const resolver = createResolver({
      timeout: 5000,
      families: () => [4],
      ...files,
      ...options,
    })
    try {
      return await use(async (name) => (await resolver.resolve(name)).map(({ address }) => address), resolver.close)
    } finally {
      resolver.close()
    }
  }
  const askedFor = (name: string) => server.asked.filter((question) => question.endsWith(` ${name}`))

  it('finds every address that the name server knows', async () => {
    answers.set('registry.test', ['10.0.0.1', '10.0.0.2'])
    expect(await withResolver((ask) => ask('registry.test'))).to.deep.equal(['10.0.0.1', '10.0.0.2'])
  })

  it('takes the word of the hosts file, and asks no name server then', async () => {
    answers.set('listed.test', ['10.0.0.1'])
    const found = await withResolver((ask) => ask('listed.test'), { hosts: '10.9.9.9 listed.test' })
    expect({ found, asked: askedFor('listed.test') }).to.deep.equal({ found: ['10.9.9.9'], asked: [] })
  })

  it('reads the hosts file anew after some seconds', async () => {
    const { now, advance } = createClock()
    const found = await withResolver(
      async (ask) => {
        await ask('listed.test')
        await writeFile(join(directory, 'hosts'), '10.2.2.2 listed.test')
        advance(5000)
        return ask('listed.test')
      },
      { hosts: '10.1.1.1 listed.test', now },
    )
    expect(found).to.deep.equal(['10.2.2.2'])
  })

  it('completes a name with the search list of resolv.conf', async () => {
    answers.set('registry.apps.svc.test', ['10.0.0.1'])
    const found = await withResolver((ask) => ask('registry.apps'), { resolvConf: 'search svc.test\noptions ndots:5' })
    expect(found).to.deep.equal(['10.0.0.1'])
  })

  for (const answer of ['nxdomain', 'servfail', []] as const) {
    it(`goes on in the search list after ${answer.length === 0 ? 'no address' : String(answer)}`, async () => {
      answers.set('quay.test.svc.test', answer)
      answers.set('quay.test', ['10.0.0.1'])
      const found = await withResolver((ask) => ask('quay.test'), { resolvConf: 'search svc.test\noptions ndots:5' })
      expect(found).to.deep.equal(['10.0.0.1'])
    })
  }

  it('asks for the families of address that the machine has, and gives both', async () => {
    answers.set('A both.test', ['10.0.0.1'])
    answers.set('AAAA both.test', [])
    await withResolver((ask) => ask('both.test'), { families: () => [6, 4] })
    expect(askedFor('both.test').sort()).to.deep.equal(['A both.test', 'AAAA both.test'])
  })

  it('does not wait for a family that nobody answers for where the other has addresses', async () => {
    answers.set('A half.test', ['10.0.0.1'])
    answers.set('AAAA half.test', 'silence')
    const started = performance.now()
    const found = await withResolver((ask) => ask('half.test'), { families: () => [6, 4] })
    expect(found).to.deep.equal(['10.0.0.1'])
    expect(performance.now() - started).to.be.lessThan(2500)
  })

  const failures: readonly (readonly [what: string, answer: DnsAnswer, reason: string])[] = [
    ['does not exist', 'nxdomain', 'dns'],
    ['has no address', [], 'dns'],
    ['has a name server that fails', 'servfail', 'dns'],
    ['has a name server that never answers', 'silence', 'timeout'],
  ]
  for (const [what, answer, reason] of failures) {
    it(`says ${reason} of a name that ${what}`, async () => {
      answers.set('bad.test', answer)
      await withResolver(
        async (ask) => {
          expect((await failureOf(ask('bad.test'))).reason).to.equal(reason)
        },
        { timeout: 300 },
      )
    })

    it(`remembers for five seconds a name that ${what}`, async () => {
      const { now, advance } = createClock()
      answers.set('bad.test', answer)
      await withResolver(
        async (ask) => {
          await failureOf(ask('bad.test'))
          answers.set('bad.test', ['10.0.0.1'])
          advance(4999)
          expect((await failureOf(ask('bad.test'))).reason).to.equal(reason)
          advance(2)
          expect(await ask('bad.test')).to.deep.equal(['10.0.0.1'])
        },
        { timeout: 300, now },
      )
    })
  }

  it('remembers no more than a thousand names that failed', async () => {
    await withResolver(
      async (ask) => {
        for (let index = 0; index <= 1000; index++) await failureOf(ask(`n${index}.bounded.test`))
        await failureOf(ask('n0.bounded.test'))
      },
      { now: () => 0 },
    )
    expect(askedFor('n0.bounded.test')).to.have.lengthOf(2)
  })

  it('asks again before the C library would where a datagram was lost', async () => {
    let isLost = true
    const lossy = await startNameServer(() => {
      const lost = isLost
      isLost = false
      return lost ? 'silence' : ['10.0.0.1']
    })
    try {
      const found = await withResolver((ask) => ask('registry.test'), { servers: [lossy.address] })
      expect(found).to.deep.equal(['10.0.0.1'])
    } finally {
      await lossy.close()
    }
  })

  it('looks a name up once for all who ask for it at the same time', async () => {
    answers.set('shared.test', ['10.0.0.1'])
    await withResolver((ask) => Promise.all([ask('shared.test'), ask('shared.test'), ask('shared.test')]))
    expect(askedFor('shared.test')).to.have.lengthOf(1)
  })

  it('answers for a good name at once beside 64 whose name server is silent', async () => {
    answers.set('good.test', ['10.0.0.1'])
    await withResolver(
      async (ask) => {
        const silent = Array.from({ length: 64 }, (_, index) => failureOf(ask(`n${index}.silent.test`)))
        const started = performance.now()
        await ask('good.test')
        const took = performance.now() - started
        const reasons = new Set((await Promise.all(silent)).map(({ reason }) => reason))
        expect(took).to.be.lessThan(500)
        expect([...reasons]).to.deep.equal(['timeout'])
      },
      { timeout: 2000 },
    )
  })

  it('ends the look-ups under way when it is closed, and begins no other', async () => {
    await withResolver(
      async (ask, close) => {
        const running = failureOf(ask('a.silent.test'))
        await eventually(() => {
          expect(askedFor('a.silent.test')).not.to.deep.equal([])
        })
        close()
        await running
        expect((await failureOf(ask('good.test'))).message).to.equal('the resolver is closed')
      },
      { timeout: 600_000 },
    )
  })
})

describe('the resolver of the machine', () => {
  it('finds the local host', async () => {
    const { resolve, close } = systemResolver({ timeout: 5000 })
    const addresses = await resolve('localhost')
    close()
    expect(addresses.map(({ address }) => address)).to.include.oneOf(['127.0.0.1', '::1'])
  })
})
