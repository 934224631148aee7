import { expect } from 'chai'
import type { V1Lease } from '@kubernetes/client-node'
import { campaign, type Leader, type LeaderOptions } from '../../src/kubernetes/leader.ts'
import { createClock, type FakeClock } from '../support/fakeClock.ts'
import { startMemoryCluster, type MemoryCluster } from '../support/memoryCluster.ts'

const path = '/apis/coordination.k8s.io/v1/namespaces/home/leases/webhook'

describe('The leader among replicas', () => {
  let cluster: MemoryCluster
  let clock: FakeClock
  let leaders: Leader[]

  beforeEach(async () => {
    cluster = await startMemoryCluster()
    clock = createClock()
    leaders = []
  })
  afterEach(async () => {
    await Promise.all(leaders.map((leader) => leader.stop()))
    await cluster.close()
  })

  interface Replica extends Leader {
    readonly told: readonly boolean[]
    readonly faults: readonly (string | undefined)[]
  }

  async function run(identity: string, options: Partial<LeaderOptions> = {}): Promise<Replica> {
    const told: boolean[] = []
    const faults: (string | undefined)[] = []
    const leader = campaign({
      api: await cluster.connect(identity),
      namespace: 'home',
      name: 'webhook',
      identity,
      clock,
      onChange: (leading) => told.push(leading),
      onFault: (fault) => faults.push(fault),
      ...options,
    })
    leaders.push(leader)
    await cluster.quiet()
    return { ...leader, told, faults }
  }

  async function pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await clock.advance(1000)
      await cluster.quiet()
    }
  }

  const lease = (): V1Lease['spec'] => (cluster.get(path) as V1Lease | undefined)?.spec

  it('is the one that makes the Lease, which it labels as it is told', async () => {
    const one = await run('one', { marks: () => ({ labels: { made: 'by us' } }) })
    expect(one.leading()).to.be.true
    expect(lease()).to.include({ holderIdentity: 'one', leaseDurationSeconds: 15 })
    expect(cluster.get(path)?.metadata?.labels).to.deep.equal({ made: 'by us' })
  })

  it('keeps the Lease for as long as it renews it: no other replica takes it from a live holder', async () => {
    const one = await run('one')
    const two = await run('two')
    await pass(40)
    expect([one.leading(), two.leading()]).to.deep.equal([true, false])
    expect(lease()?.holderIdentity).to.equal('one')
    expect([...one.told, ...two.told]).to.deep.equal([true])
  })

  it('is followed by another one that has seen its Lease unchanged for its whole duration, and not before', async () => {
    await run('one')
    const two = await run('two')
    cluster.intercept = ({ userAgent }) => (userAgent === 'one' ? { status: 503 } : undefined)
    await pass(13)
    expect(two.leading()).to.be.false
    await pass(8)
    expect(two.leading()).to.be.true
    expect(lease()?.holderIdentity).to.equal('two')
  })

  it('knows itself that its term is over before another one may take the Lease', async () => {
    const one = await run('one')
    cluster.intercept = () => ({ status: 503 })
    await pass(13)
    expect(one.leading()).to.be.false
  })

  it('hands the Lease back although it is stopped while it takes it', async () => {
    const api = await cluster.connect('one')
    const leader = campaign({ api, namespace: 'home', name: 'webhook', identity: 'one', clock })
    await leader.stop()
    await cluster.quiet()
    expect(lease()?.holderIdentity).to.equal('')
  })

  it('counts its term from its request on, and not from an answer that comes late', async () => {
    cluster.intercept = ({ method }) => {
      if (method === 'POST') void clock.advance(5000)
      return undefined
    }
    const one = await run('one')
    expect(one.leading()).to.be.true
    cluster.intercept = () => ({ status: 503 })
    await pass(8)
    expect(clock.now()).to.equal(13_000)
    expect(one.leading()).to.be.false
  })

  it('is one of two that ask for the Lease at once, and neither calls that a fault', async () => {
    const [one, two] = await Promise.all([run('one'), run('two')])
    await pass(10)
    expect([one, two].filter((replica) => replica.leading())).to.have.lengthOf(1)
    expect([...one.faults, ...two.faults]).to.deep.equal([])
  })

  it('loses nothing when a replica stops that is not the leader', async () => {
    const one = await run('one')
    const two = await run('two')
    await pass(6)
    await two.stop()
    expect(lease()?.holderIdentity).to.equal('one')
    expect(one.leading()).to.be.true
  })

  it('hands the Lease back when it stops, so that another one need not wait', async () => {
    const one = await run('one')
    const two = await run('two')
    await one.stop()
    expect(one.leading()).to.be.false
    await pass(5)
    expect(two.leading()).to.be.true
  })

  it('tells of a term that ended and of the next one, also where it renews its own Lease after a lapse', async () => {
    const one = await run('one')
    cluster.intercept = () => ({ status: 503 })
    await clock.advance(14_000)
    await cluster.quiet()
    cluster.intercept = () => undefined
    await pass(5)
    expect(one.leading()).to.be.true
    expect(one.told).to.deep.equal([true, false, true])
  })

  it('tells of the lapse and of the new term in one round, where nothing was asked in between', async () => {
    let now = 0
    const one = await run('one', { clock: { now: () => now, after: clock.after } })
    now = 13_000
    await pass(5)
    expect(one.told).to.deep.equal([true, false, true])
  })

  it('says in the Lease since when it leads, however often it renews it', async () => {
    await run('one')
    const { acquireTime } = lease() ?? {}
    await pass(11)
    expect(lease()?.acquireTime).to.equal(acquireTime)
    expect(lease()?.renewTime).not.to.equal(acquireTime)
  })

  it('does not hand the Lease back where it is no candidate any more, since nothing is to be written then', async () => {
    let isCandidate = true
    const one = await run('one', { candidate: () => isCandidate })
    isCandidate = false
    await one.stop()
    expect(lease()?.holderIdentity).to.equal('one')
  })

  it('neither takes nor renews the Lease while it is no candidate', async () => {
    const one = await run('one', { candidate: () => false })
    await pass(10)
    expect(one.leading()).to.be.false
    expect(cluster.get(path)).to.be.undefined
  })

  it('makes the Lease again when someone deletes it, and stays leader', async () => {
    const one = await run('one')
    cluster.remove(path)
    await pass(12)
    expect(lease()?.holderIdentity).to.equal('one')
    expect(one.leading()).to.be.true
    expect(one.faults).to.deep.equal([])
  })

  it('goes on after any error, and says what is wrong and when it is over', async () => {
    let isBroken = true
    const one = await run('one', {
      marks: () => {
        if (isBroken) throw new TypeError('a bug')
        return {}
      },
    })
    await pass(6)
    expect(one.leading()).to.be.false
    isBroken = false
    await pass(6)
    expect(one.leading()).to.be.true
    expect(one.faults).to.deep.equal(['the Lease home/webhook: a bug', undefined])
  })
})
