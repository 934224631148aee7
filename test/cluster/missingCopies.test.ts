import { expect } from 'chai'
import { readCoverage } from '../../src/cluster/repair/coverage.ts'
import { createRepair } from '../../src/cluster/repair/repair.ts'
import { createRepairApi } from '../../src/cluster/repair/repairApi.ts'
import { createPullSecretKeeper, type PullSecretKeeper } from '../../src/cluster/pullSecrets.ts'
import { watchWebhookConfiguration } from '../../src/cluster/webhookConfiguration.ts'
import { campaign, type Leader } from '../../src/kubernetes/leader.ts'
import { eventually } from '../support/eventually.ts'
import { createClock, type FakeClock } from '../support/fakeClock.ts'
import { licenseFor } from '../support/licenses.ts'
import {
  configurationFor,
  configurationPath,
  secretPath,
  startMemoryCluster,
  type MemoryCluster,
} from '../support/memoryCluster.ts'
import { startPodCluster } from '../support/podCluster.ts'
import { until } from '../support/transports.ts'
import { podObject } from '../support/podObjects.ts'

const name = 'my-app-registry'
const license = licenseFor('license-1', 'proxy.example.com')
const copy = secretPath('home', name)

describe('A missing copy of the pull secret', function () {
  this.timeout(60_000)
  let cluster: MemoryCluster
  let clock: FakeClock
  let stops: (() => unknown)[]

  beforeEach(async () => {
    cluster = await startMemoryCluster()
    cluster.put(configurationPath, configurationFor(['home']))
    clock = createClock()
    stops = []
  })
  afterEach(async () => {
    cluster.intercept = () => undefined
    cluster.start()
    for (const stop of stops.reverse()) await stop()
    await cluster.close()
  })

  interface Replica {
    readonly keeper: PullSecretKeeper
    readonly leader: Leader
  }

  async function start(identity: string, namespaces = ['home']): Promise<Replica> {
    const api = await cluster.connect(identity)
    const configuration = watchWebhookConfiguration({ api, name: 'webhook' })
    await until(() => configuration.state() === 'present')
    const onChange = (): void => {
      keeper.leadershipChanged()
    }
    const leader = campaign({ api, namespace: 'home', name: 'webhook', identity, clock, onChange })
    const keeper = createPullSecretKeeper({
      api,
      license: () => license,
      name: () => name,
      namespaces,
      configuration,
      leading: leader.leading,
      clock,
    })
    keeper.start()
    stops.push(
      () => {
        configuration.stop()
      },
      () => leader.stop(),
      () => {
        keeper.stop()
      },
    )
    await cluster.quiet()
    return { keeper, leader }
  }

  async function pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await clock.advance(1000)
      await cluster.quiet()
    }
  }

  /** Within a minute of the clock's. */
  async function comesBack(namespace = 'home'): Promise<void> {
    await eventually(async () => {
      await pass(2)
      expect(cluster.secret(namespace, name)).not.to.be.undefined
    })
  }

  function refuseLeases(...holders: readonly string[]): void {
    cluster.intercept = ({ path, userAgent }) =>
      path.includes('/leases') && holders.includes(userAgent) ? { status: 503 } : undefined
  }

  const happenings = {
    'someone deletes it': () => {
      if (cluster.secret('home', name) !== undefined) cluster.remove(copy)
    },
    'the Lease lapses': async () => {
      refuseLeases('one', 'two')
      await pass(20)
    },
    'the API server restarts': async () => {
      cluster.stop()
      await clock.advance(3000)
      cluster.start()
    },
  } as const
  type Happening = keyof typeof happenings
  const endings = {
    'the same replica renews the Lease': () => {
      refuseLeases('two')
    },
    'another replica takes the Lease': () => {
      refuseLeases('one')
    },
  } as const

  const orders = permutations(Object.keys(happenings) as Happening[])
  for (const ending of Object.keys(endings) as (keyof typeof endings)[]) {
    for (const order of orders) {
      it(`comes back after this: ${order.join(', ')}, ${ending}`, async () => {
        const one = await start('one')
        await start('two')
        await one.keeper.ensure('home')
        for (const happening of order) await happenings[happening]()
        endings[ending]()
        await comesBack()
      })
    }
  }

  it('comes back when the API server allows what it refused for a while', async () => {
    const one = await start('one')
    await one.keeper.ensure('home')
    cluster.intercept = ({ method }) => (method === 'PATCH' ? { status: 403 } : undefined)
    cluster.remove(copy)
    await pass(5)
    expect(cluster.secret('home', name)).to.be.undefined
    cluster.intercept = () => undefined
    await comesBack()
  })

  it('comes back within ten minutes where no watch told of its deletion', async () => {
    const one = await start('one')
    await one.keeper.ensure('home')
    cluster.remove(copy, true)
    await clock.advance(9 * 60_000)
    expect(cluster.secret('home', name)).to.be.undefined
    await clock.advance(60_000)
    await comesBack()
  })

  it('is written by the replica that admitted a Pod which waits for it, whoever leads', async () => {
    await start('one')
    const two = await start('two')
    cluster.intercept = ({ method, path }) => (method === 'PATCH' && path === copy ? { status: 403 } : undefined)
    expect(await two.keeper.ensure('home', 10_000)).to.equal('failed')
    cluster.intercept = ({ userAgent, method }) =>
      userAgent === 'one' && method === 'PATCH' ? { status: 403 } : undefined
    await comesBack()
  })

  it('is written when there is a license, for a Pod that was admitted before', async () => {
    const api = await cluster.connect('one')
    let isLicensed = false
    const keeper = createPullSecretKeeper({
      api,
      license: () => (isLicensed ? license : undefined),
      name: () => name,
      namespaces: ['home'],
      leading: () => false,
      clock,
    })
    keeper.start()
    stops.push(() => {
      keeper.stop()
    })
    expect(await keeper.ensure('home')).to.equal('unavailable')
    isLicensed = true
    keeper.licenseChanged()
    await comesBack()
  })

  describe('in a namespace that an upgrade adds', () => {
    beforeEach(() => {
      cluster.namespaces.add('added')
    })

    it('is written by an old replica that admits a Pod there, although it was not told of the namespace', async () => {
      const old = await start('one')
      cluster.put(configurationPath, configurationFor(['home', 'added']))
      await eventually(async () => {
        expect(await old.keeper.ensure('added', 10_000)).to.equal('written')
      })
      expect(cluster.secret('added', name)).not.to.be.undefined
    })

    it('is written again by an old replica, which nobody tells that it was deleted, at the next admission', async () => {
      const old = await start('one')
      cluster.put(configurationPath, configurationFor(['home', 'added']))
      await cluster.quiet()
      await old.keeper.ensure('added', 10_000)
      cluster.remove(secretPath('added', name))
      expect(await old.keeper.ensure('added', 10_000)).to.equal('written')
    })

    it('is written by an old replica that leads no more, after an API server that was away at the admission', async () => {
      const old = await start('one')
      await start('two', ['home', 'added'])
      cluster.put(configurationPath, configurationFor(['home', 'added']))
      await cluster.quiet()
      refuseLeases('one')
      await pass(25)
      cluster.stop()
      const ensured = old.keeper.ensure('added', 10)
      await clock.advance(5000)
      expect(await ensured).to.equal('pending')
      cluster.start()
      await comesBack('added')
    })

    it('is restored by the new leader when it is deleted while the old one goes', async () => {
      const old = await start('one')
      cluster.put(configurationPath, configurationFor(['home', 'added']))
      await cluster.quiet()
      await old.keeper.ensure('added', 10_000)
      await start('two', ['home', 'added'])
      old.keeper.stop()
      await old.leader.stop()
      cluster.remove(secretPath('added', name))
      await comesBack('added')
    })

    it('is written by the leader for the Pod that waits for it, where the old replica that owes it has died', async () => {
      cluster.namespaces.add('my-app')
      const dead = await start('one')
      cluster.put(configurationPath, configurationFor(['home', 'my-app']))
      await cluster.quiet()
      cluster.intercept = ({ userAgent }) => (userAgent === 'one' ? { status: 503 } : undefined)
      // Until the replica has heard of the new namespace.
      await eventually(async () => {
        expect(await dead.keeper.ensure('my-app', 10)).to.equal('pending')
      })
      dead.keeper.stop()

      const next = await start('two', ['home', 'my-app'])
      await pass(25)
      // Nobody else has been told of it.
      expect([next.leader.leading(), cluster.secret('my-app', name)]).to.deep.equal([true, undefined])
      const pods = await startPodCluster()
      stops.push(pods.close)
      const proxied = { image: 'proxy.replicated.com/proxy/my-app/quay.io/my-org/api:1', state: 'ImagePullBackOff' }
      pods.put(podObject({ secrets: [name], containers: [proxied] }))
      const repair = createRepair({
        api: createRepairApi(pods.api, ['*'], 'image-proxy-webhook'),
        coverage: () => readCoverage([{}]),
        terms: () => ({ pullSecret: name, appSlug: 'my-app' }),
        decide: () => Promise.resolve(undefined),
        ensurePullSecret: async (namespace) => next.keeper.ensure(namespace),
        mayChange: true,
        isServing: () => true,
        perMinute: 20,
        observer: { outcome: () => undefined, fault: () => undefined },
        now: clock.now,
      })
      stops.push(repair.end)
      repair.begin()
      await comesBack('my-app')
    })

    it('is not written where neither the configuration nor the API server has its Pods looked at', async () => {
      const old = await start('one')
      expect(await old.keeper.ensure('added', 10_000)).to.equal('unavailable')
      await pass(5)
      expect(cluster.secret('added', name)).to.be.undefined
    })
  })
})

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]]
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))
}
