import { expect } from 'chai'
import { readCoverage } from '../../src/cluster/repair/coverage.ts'
import { createRepair } from '../../src/cluster/repair/repair.ts'
import { createRepairApi } from '../../src/cluster/repair/repairApi.ts'
import { eventually } from '../support/eventually.ts'
import { configurationFor, configurationPath, secretPath } from '../support/clusterObjects.ts'
import { startPodCluster } from '../support/podCluster.ts'
import { podObject } from '../support/podObjects.ts'
import { name, useReplicas } from './replicas.ts'

describe('A copy of the pull secret in a namespace that an upgrade adds', function () {
  this.timeout(60_000)
  const replicas = useReplicas()
  const { start, pass, comesBack, refuseLeases } = replicas

  beforeEach(() => {
    replicas.cluster.namespaces.add('added')
  })

  it('is written by an old replica that admits a Pod there, although it was not told of the namespace', async () => {
    const old = await start('one')
    replicas.cluster.put(configurationPath, configurationFor(['home', 'added']))
    await eventually(async () => {
      expect(await old.keeper.ensure('added', 10_000)).to.equal('written')
    })
    expect(replicas.cluster.secret('added', name)).not.to.be.undefined
  })

  it('is written again by an old replica, which nobody tells that it was deleted, at the next admission', async () => {
    const old = await start('one')
    replicas.cluster.put(configurationPath, configurationFor(['home', 'added']))
    await replicas.cluster.quiet()
    await old.keeper.ensure('added', 10_000)
    replicas.cluster.remove(secretPath('added', name))
    expect(await old.keeper.ensure('added', 10_000)).to.equal('written')
  })

  it('is written by an old replica that leads no more, after an API server that was away at the admission', async () => {
    const old = await start('one')
    await start('two', ['home', 'added'])
    replicas.cluster.put(configurationPath, configurationFor(['home', 'added']))
    await replicas.cluster.quiet()
    refuseLeases('one')
    await pass(25)
    replicas.cluster.stop()
    const ensured = old.keeper.ensure('added', 10)
    await replicas.clock.advance(5000)
    expect(await ensured).to.equal('pending')
    replicas.cluster.start()
    await comesBack('added')
  })

  it('is restored by the new leader when it is deleted while the old one goes', async () => {
    const old = await start('one')
    replicas.cluster.put(configurationPath, configurationFor(['home', 'added']))
    await replicas.cluster.quiet()
    await old.keeper.ensure('added', 10_000)
    await start('two', ['home', 'added'])
    old.keeper.stop()
    await old.leader.stop()
    replicas.cluster.remove(secretPath('added', name))
    await comesBack('added')
  })

  it('is written by the leader for the Pod that waits for it, where the old replica that owes it has died', async () => {
    replicas.cluster.namespaces.add('my-app')
    const dead = await start('one')
    replicas.cluster.put(configurationPath, configurationFor(['home', 'my-app']))
    await replicas.cluster.quiet()
    replicas.cluster.intercept = ({ userAgent }) => (userAgent === 'one' ? { status: 503 } : undefined)
    // Until the replica has heard of the new namespace.
    await eventually(async () => {
      expect(await dead.keeper.ensure('my-app', 10)).to.equal('pending')
    })
    dead.keeper.stop()

    const next = await start('two', ['home', 'my-app'])
    await pass(25)
    // Nobody else has been told of it.
    expect([next.leader.leading(), replicas.cluster.secret('my-app', name)]).to.deep.equal([true, undefined])
    const pods = await startPodCluster()
    replicas.cleanUp(pods.close)
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
      now: replicas.clock.now,
    })
    replicas.cleanUp(repair.end)
    repair.begin()
    await comesBack('my-app')
  })

  it('is not written where neither the configuration nor the API server has its Pods looked at', async () => {
    const old = await start('one')
    expect(await old.keeper.ensure('added', 10_000)).to.equal('unavailable')
    await pass(5)
    expect(replicas.cluster.secret('added', name)).to.be.undefined
  })
})
