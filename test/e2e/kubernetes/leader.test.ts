import { expect } from 'chai'
import { campaign, type Leader } from '../../../src/kubernetes/leader.ts'
import { waitFor } from '../support/wait.ts'
import { textIn, useApiServer } from './support/apiServer.ts'

const name = 'webhook'
/** Short, so that a test of a holder that vanished takes seconds. */
const duration = 3000

describe('The leader among replicas', function () {
  this.timeout(120_000)
  const server = useApiServer()

  async function run(namespace: string, identity: string): Promise<Leader & { vanish(): void }> {
    const api = await server.client()
    const leader = campaign({ api, namespace, name, identity, duration })
    server.cleanUp(() => leader.stop())
    return {
      ...leader,
      vanish: () => {
        api.close()
      },
    }
  }

  async function holder(namespace: string): Promise<string | undefined> {
    return textIn(await server.get('lease', name, `--namespace=${namespace}`), 'spec', 'holderIdentity')
  }

  it('is one of them', async () => {
    const namespace = await server.namespace()
    const replicas = await Promise.all(['one', 'two', 'three'].map((identity) => run(namespace, identity)))
    await waitFor('a leader', () => replicas.some((replica) => replica.leading()))
    expect(replicas.filter((replica) => replica.leading())).to.have.lengthOf(1)
  })

  it('hands over at once when it stops', async () => {
    const namespace = await server.namespace()
    const one = await run(namespace, 'one')
    await waitFor('the first leader', () => one.leading())
    const two = await run(namespace, 'two')
    await one.stop()
    expect(await holder(namespace)).not.to.equal('one')
    await waitFor('the second leader', () => two.leading(), { seconds: duration / 1000 })
    expect(one.leading()).to.be.false
  })

  it('is followed by another one when it vanishes', async () => {
    const namespace = await server.namespace()
    const one = await run(namespace, 'one')
    await waitFor('the first leader', () => one.leading())
    const two = await run(namespace, 'two')
    one.vanish()
    await waitFor('the second leader', () => two.leading(), { seconds: (3 * duration) / 1000 })
    expect(await holder(namespace)).to.equal('two')
    expect(one.leading()).to.be.false
  })

  it('stays leader when someone deletes the Lease', async () => {
    const namespace = await server.namespace()
    const one = await run(namespace, 'one')
    await waitFor('the leader', () => one.leading())
    await server.cluster().kubectl(['delete', 'lease', name, `--namespace=${namespace}`])
    await waitFor('the Lease', async () => (await holder(namespace)) === 'one')
    expect(one.leading()).to.be.true
  })
})
