import { expect } from 'chai'
import { createOwners } from '../../../src/cluster/repair/owners.ts'
import { createClock } from '../../support/clock.ts'

const owner = (kind: string, name = 'api') => ({ apiVersion: 'apps/v1', kind, name, uid: `uid-of-${name}` })
const api = owner('ReplicaSet')

function scene() {
  const clock = createClock()
  const owners = createOwners(clock.now)
  let count = 0
  const replace = (of = api): string => {
    const uid = `old-${++count}`
    owners.replaced(of, { uid, namespace: 'my-app', name: uid })
    return uid
  }
  const create = (of = api, isAdmitted = true): string => {
    const uid = `new-${++count}`
    owners.created(of.uid, uid, isAdmitted)
    return uid
  }
  /** One Pod replaced, and its successor there. */
  const exchange = (of = api, isAdmitted = true): string => {
    owners.left(replace(of))
    return create(of, isAdmitted)
  }
  /** Replaced as long as it is allowed. */
  const replaceAll = (of = api): number => {
    let replaced = 0
    while (replaced < 100 && owners.permission(of) === 'free') {
      replace(of)
      replaced++
    }
    return replaced
  }
  /** Some other owner's Pod has shown that the webhook is asked. */
  const trust = () => {
    const other = owner('ReplicaSet', 'canary')
    owners.ran(exchange(other))
  }
  return { clock, owners, replace, create, exchange, replaceAll, trust }
}

describe('The Pods of an owner', () => {
  it('are replaced one at a time, whoever owns them, until a first new one shows that the webhook is asked', () => {
    const { owners, replace, create } = scene()
    replace()
    expect([owners.permission(api), owners.permission(owner('ReplicaSet', 'b'))]).to.deep.equal(['busy', 'busy'])
    create()
    expect(owners.permission(owner('ReplicaSet', 'b'))).to.equal('free')
  })

  it('are replaced one in five seconds where the first ones get no successor, so that an owner without one holds nobody up', () => {
    const { owners, replace, clock } = scene()
    const other = owner('ReplicaSet', 'other')
    for (const kind of ['ConfigMap', 'Cluster', 'Unknown']) {
      replace(owner(kind, kind))
      clock.advance(4999)
      expect(owners.permission(other)).to.equal('busy')
      clock.advance(1)
      expect(owners.permission(other)).to.equal('free')
    }
  })

  for (const [kind, atOnce] of Object.entries({ ReplicaSet: 5, DaemonSet: 5, Job: 5, StatefulSet: 1, Cluster: 1 })) {
    it(`that is a ${kind} are replaced ${atOnce} at once before a new one runs`, () => {
      const { trust, replaceAll } = scene()
      trust()
      expect(replaceAll(owner(kind))).to.equal(atOnce)
    })
  }

  it('that is a ReplicaSet are replaced without such a limit once a new one runs', () => {
    const { owners, exchange, replaceAll } = scene()
    owners.created(api.uid, 'x', true)
    const [first, second] = [exchange(), exchange()]
    owners.ran(first)
    expect(replaceAll()).to.equal(100)
    owners.ran(second)
  })

  it('that is a StatefulSet go on being replaced one at a time', () => {
    const { owners, replace, exchange, replaceAll } = scene()
    const set = owner('StatefulSet')
    const late = exchange(set)
    owners.waits(late)
    replace(set)
    owners.ran(late)
    expect(replaceAll(set)).to.equal(0)
  })

  it('are left alone after three new ones in a row that wait again, whatever the time between them', () => {
    const { owners, exchange, clock } = scene()
    for (let round = 0; round < 3; round++) {
      expect(owners.permission(api), `round ${round}`).to.equal('free')
      owners.waits(exchange())
      clock.advance(86_400_000)
    }
    expect([owners.permission(api), owners.stopOf(api)]).to.deep.equal(['stopped', 'waits-again'])
  })

  it('are not left alone where one that runs comes in between', () => {
    const { owners, exchange } = scene()
    owners.waits(exchange())
    owners.waits(exchange())
    owners.ran(exchange())
    owners.waits(exchange())
    owners.waits(exchange())
    expect(owners.permission(api)).to.equal('free')
  })

  it('are replaced again where one that waited runs in the end', () => {
    const { owners, exchange } = scene()
    const created = [exchange(), exchange(), exchange()]
    for (const pod of created) owners.waits(pod)
    expect(owners.permission(api)).to.equal('stopped')
    owners.ran(created[1] ?? '')
    expect(owners.permission(api)).to.equal('free')
  })

  it('count a new one that waits once, however often it is told', () => {
    const { owners, exchange } = scene()
    const pod = exchange()
    for (let times = 0; times < 5; times++) owners.waits(pod)
    expect(owners.permission(api)).to.equal('free')
  })

  it('take the place of one that vanished before it ran', () => {
    const { owners, exchange, replaceAll } = scene()
    const set = owner('StatefulSet')
    const pod = exchange(set)
    expect(owners.permission(set)).to.equal('busy')
    expect(owners.left(pod)).to.be.true
    owners.vanished(pod)
    expect(replaceAll(set)).to.equal(1)
  })

  it('are free again where a deletion came to nothing', () => {
    const { owners, replace } = scene()
    const pod = replace()
    expect(owners.isReplaced(pod)).to.be.true
    owners.cancelled(pod)
    expect([owners.isReplaced(pod), owners.permission(api)]).to.deep.equal([false, 'free'])
  })

  it('are left alone, and that is told once, where no new one comes within a minute', () => {
    const { owners, replace, clock } = scene()
    const pod = replace()
    owners.left(pod)
    clock.advance(60_000)
    expect(owners.overdue()).to.be.empty
    clock.advance(1)
    expect(owners.overdue().map(({ stop, pod }) => [stop, pod.uid])).to.deep.equal([['no-successor', pod]])
    expect([owners.overdue().length, owners.permission(api)]).to.deep.equal([0, 'stopped'])
  })

  it('are left alone, and that is told once, where a deletion is held for two minutes', () => {
    const { owners, replace, clock } = scene()
    replace()
    clock.advance(120_000)
    expect(owners.overdue()).to.be.empty
    clock.advance(1)
    expect(owners.overdue().map(({ stop }) => stop)).to.deep.equal(['held'])
    expect([owners.overdue().length, owners.permission(api)]).to.deep.equal([0, 'stopped'])
  })

  it('are not late where a new one came that does not run yet', () => {
    const { owners, exchange, clock } = scene()
    exchange()
    clock.advance(3_600_000)
    expect(owners.overdue()).to.be.empty
  })

  it('are not replaced for a while, longer each time, after a new one that the webhook was not asked about', () => {
    const { owners, exchange, clock } = scene()
    const waits: number[] = []
    for (let round = 0; round < 7; round++) {
      const one = owner('ReplicaSet', `owner-${round}`)
      owners.vanished(exchange(one, false))
      let waited = 0
      for (; owners.permission(api) === 'busy'; waited++) clock.advance(1000)
      waits.push(waited)
    }
    expect(waits).to.deep.equal([10, 20, 40, 80, 160, 300, 300])
  })

  it('wait as long as at first again where a new one came in between that the webhook was asked about', () => {
    const { owners, exchange, clock } = scene()
    for (const isAdmitted of [false, true, false]) owners.vanished(exchange(api, isAdmitted))
    clock.advance(9999)
    expect(owners.permission(api)).to.equal('busy')
    clock.advance(1)
    expect(owners.permission(api)).to.equal('free')
  })

  it('are replaced one at a time again after a new one that the webhook was not asked about', () => {
    const { owners, exchange, replaceAll, trust, clock } = scene()
    trust()
    owners.vanished(exchange(owner('ReplicaSet', 'other'), false))
    clock.advance(10_000)
    expect(replaceAll()).to.equal(1)
  })

  it('do not count those of other owners', () => {
    const { owners, create, trust } = scene()
    trust()
    const other = create(owner('ReplicaSet', 'unrelated'), false)
    owners.waits(other)
    expect([owners.left(other), owners.permission(api)]).to.deep.equal([false, 'free'])
  })
})
