import { createPullSecretKeeper, type PullSecretKeeper } from '../../src/cluster/pullSecrets.ts'
import { watchWebhookConfiguration } from '../../src/cluster/webhookConfiguration.ts'
import { campaign, type Leader } from '../../src/kubernetes/leader.ts'
import { expect } from 'chai'
import { eventually } from '../support/eventually.ts'
import { createClock, type FakeClock } from '../support/fakeClock.ts'
import { licenseFor } from '../support/licenses.ts'
import { configurationFor, configurationPath } from '../support/clusterObjects.ts'
import { startMemoryCluster, type MemoryCluster } from '../support/memoryCluster.ts'
import { until } from '../support/transports.ts'

export const name = 'my-app-registry'
export const license = licenseFor('license-1', 'proxy.example.com')

export interface Replica {
  readonly keeper: PullSecretKeeper
  readonly leader: Leader
}

/** A cluster with the namespace `home`, and replicas of the webhook that keep the pull secret there. */
export interface Replicas {
  readonly cluster: MemoryCluster
  readonly clock: FakeClock
  /** Called in reverse order after the test. */
  cleanUp(stop: () => unknown): void
  start(identity: string, namespaces?: readonly string[]): Promise<Replica>
  /** Lets so many seconds of the clock pass, and the cluster answer all that is asked in each. */
  pass(seconds: number): Promise<void>
  /** Waits until the copy is there, while the clock goes on. */
  comesBack(namespace?: string): Promise<void>
  /** The API server answers these replicas with 503 where a Lease is concerned. */
  refuseLeases(...holders: readonly string[]): void
}

/** Call it in a `describe`: each of its tests then has a cluster of its own. */
export function useReplicas(): Replicas {
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

  async function start(identity: string, namespaces: readonly string[] = ['home']): Promise<Replica> {
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

  return {
    get cluster() {
      return cluster
    },
    get clock() {
      return clock
    },
    cleanUp: (stop) => {
      stops.push(stop)
    },
    start,
    pass,
    comesBack,
    refuseLeases,
  }
}
