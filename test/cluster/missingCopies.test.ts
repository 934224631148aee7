import { expect } from 'chai'
import { createPullSecretKeeper, type PullSecretKeeper } from '../../src/cluster/pullSecrets.ts'
import { eventually } from '../support/eventually.ts'
import { secretPath } from '../support/clusterObjects.ts'
import { until } from '../support/transports.ts'
import { license, name, useReplicas } from './replicas.ts'

const copy = secretPath('home', name)

describe('A missing copy of the pull secret', function () {
  this.timeout(60_000)
  const replicas = useReplicas()
  const { start, pass, comesBack, refuseLeases } = replicas

  const happenings = {
    'someone deletes it': () => {
      if (replicas.cluster.secret('home', name) !== undefined) replicas.cluster.remove(copy)
    },
    'the Lease lapses': async () => {
      refuseLeases('one', 'two')
      await pass(20)
    },
    'the API server restarts': async () => {
      replicas.cluster.stop()
      await replicas.clock.advance(3000)
      replicas.cluster.start()
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
    replicas.cluster.intercept = ({ method }) => (method === 'PATCH' ? { status: 403 } : undefined)
    replicas.cluster.remove(copy)
    await pass(5)
    expect(replicas.cluster.secret('home', name)).to.be.undefined
    replicas.cluster.intercept = () => undefined
    await comesBack()
  })

  it('comes back within ten minutes where no watch told of its deletion', async () => {
    const one = await start('one')
    await one.keeper.ensure('home')
    replicas.cluster.remove(copy, true)
    await replicas.clock.advance(9 * 60_000)
    expect(replicas.cluster.secret('home', name)).to.be.undefined
    await replicas.clock.advance(60_000)
    await comesBack()
  })

  const writers = {
    'an admission’s write': (keeper: PullSecretKeeper) => {
      void keeper.ensure('home', 10_000)
    },
    'the write that restores it': () => {
      replicas.cluster.remove(copy)
    },
  } as const
  const news = {
    deleted: () => {
      replicas.cluster.remove(copy)
    },
    emptied: () => {
      replicas.cluster.put(copy, { ...replicas.cluster.get(copy), data: {} })
    },
  } as const
  for (const writer of Object.keys(writers) as (keyof typeof writers)[]) {
    for (const what of Object.keys(news) as (keyof typeof news)[]) {
      it(`comes back where the news that it was ${what} are faster than the answer to ${writer}`, async () => {
        const { keeper } = await start('one')
        if (writer === 'the write that restores it') await keeper.ensure('home')
        await replicas.cluster.quiet()
        const answer = Promise.withResolvers<undefined>()
        replicas.cluster.hold = ({ method }) => (method === 'PATCH' ? answer.promise : undefined)
        writers[writer](keeper)
        await until(() => replicas.cluster.secret('home', name) !== undefined && keeper.stats().copies === 1)
        replicas.cluster.hold = () => undefined
        news[what]()
        await until(() => keeper.stats().outdated === 1)
        answer.resolve(undefined)
        await eventually(async () => {
          await pass(2)
          expect(replicas.cluster.secret('home', name)?.data).to.have.property('.dockerconfigjson')
        })
      })
    }
  }

  it('is written by the replica that admitted a Pod which waits for it, whoever leads', async () => {
    await start('one')
    const two = await start('two')
    replicas.cluster.intercept = ({ method, path }) =>
      method === 'PATCH' && path === copy ? { status: 403 } : undefined
    expect(await two.keeper.ensure('home', 10_000)).to.equal('failed')
    replicas.cluster.intercept = ({ userAgent, method }) =>
      userAgent === 'one' && method === 'PATCH' ? { status: 403 } : undefined
    await comesBack()
  })

  it('is written when there is a license, for a Pod that was admitted before', async () => {
    const api = await replicas.cluster.connect('one')
    let isLicensed = false
    const keeper = createPullSecretKeeper({
      api,
      license: () => (isLicensed ? license : undefined),
      name: () => name,
      namespaces: ['home'],
      leading: () => false,
      clock: replicas.clock,
    })
    keeper.start()
    replicas.cleanUp(() => {
      keeper.stop()
    })
    expect(await keeper.ensure('home')).to.equal('unavailable')
    isLicensed = true
    keeper.licenseChanged()
    await comesBack()
  })
})

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]]
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))
}
