import { expect } from 'chai'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createResolver, type Resolver } from '../../src/network/resolver.ts'
import { ensurePrograms } from '../support/debianPackages.ts'
import { freePort } from '../support/dockerRegistry.ts'
import { eventually } from '../support/eventually.ts'
import { failureOf } from '../support/transports.ts'

const many = (count: number) => Array.from({ length: count }, (_, index) => `10.9.${index >> 8}.${index & 255}`)
const hosts = [
  '10.0.0.1 registry.svc.test',
  'fd00::a:1 registry.svc.test',
  '10.0.0.2 cdn.test',
  ...many(20).map((address) => `${address} twenty.test`),
  ...many(100).map((address) => `${address} hundred.test`),
  ...many(1000).map((address) => `${address} thousand.test`),
]

describe('the resolver, with dnsmasq as its name server', function () {
  this.timeout(60_000)
  let directory: string
  let dnsmasq: ChildProcess
  let resolver: Resolver
  let overTcp: Resolver
  before(async () => {
    await ensurePrograms({ dnsmasq: 'dnsmasq-base' })
    directory = await mkdtemp(join(tmpdir(), 'name-server-'))
    const path = (name: string) => join(directory, name)
    const port = await freePort('127.0.0.1')
    const resolvConf = `search svc.test\nnameserver 127.0.0.1:${port}\noptions ndots:2\n`
    await Promise.all([
      writeFile(path('names'), hosts.join('\n')),
      writeFile(path('hosts'), ''),
      writeFile(path('resolv.conf'), resolvConf),
      writeFile(path('over-tcp.conf'), `${resolvConf}options use-vc\n`),
    ])
    dnsmasq = spawn(
      'dnsmasq',
      [
        ...['--keep-in-foreground', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--pid-file='],
        ...['--listen-address=127.0.0.1', '--bind-interfaces', `--port=${port}`, `--addn-hosts=${path('names')}`],
        ...['--cname=alias.test,cdn.test', '--address=/#/'],
        ...(process.getuid?.() === 0 ? ['--user=root'] : []),
      ],
      { stdio: 'ignore' },
    )
    const reading = (file: string) =>
      createResolver({
        timeout: 5000,
        hostsFile: path('hosts'),
        resolvConf: path(file),
        families: () => [4, 6],
        now: () => ticks++ * 10_000,
      })
    resolver = reading('resolv.conf')
    overTcp = reading('over-tcp.conf')
    // It is up when it answers; what failed before is not remembered, by the clock above.
    await eventually(async () => {
      await resolver.resolve('cdn.test')
    })
  })
  after(async () => {
    resolver.close()
    overTcp.close()
    dnsmasq.kill()
    await once(dnsmasq, 'exit')
    await rm(directory, { recursive: true })
  })
  let ticks = 0
  const find = async (name: string, by = resolver) => (await by.resolve(name)).map(({ address }) => address)

  it('finds the addresses of both families', async () => {
    expect(await find('registry.svc.test')).to.deep.equal(['10.0.0.1', 'fd00::a:1'])
  })

  it('completes a name by the search list', async () => {
    expect(await find('registry')).to.deep.equal(['10.0.0.1', 'fd00::a:1'])
  })

  it('finds the address of the name that a name is an alias of', async () => {
    expect(await find('alias.test')).to.deep.equal(['10.0.0.2'])
  })

  it('finds all addresses of a name that has twenty', async () => {
    expect(await find('twenty.test')).to.have.members(many(20))
  })

  for (const name of ['hundred.test', 'thousand.test']) {
    it(`finds those addresses of ${name} that a datagram has room for`, async () => {
      const found = await find(name)
      expect(found).not.to.deep.equal([])
      expect(many(1000)).to.include.members(found)
    })
  }

  it('finds all addresses of a name that has a hundred, over TCP', async () => {
    expect(await find('hundred.test', overTcp)).to.have.members(many(100))
  })

  it('finds nothing of a name that has a thousand, over TCP', async () => {
    expect((await failureOf(overTcp.resolve('thousand.test'))).reason).to.equal('dns')
  })

  it('knows of a name that is not there', async () => {
    expect((await failureOf(resolver.resolve('absent.test'))).reason).to.equal('dns')
  })
})
