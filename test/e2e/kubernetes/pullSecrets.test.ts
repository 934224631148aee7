import { expect } from 'chai'
import { arrayAt, objectAt, type JsonObject } from '../../../src/json.ts'
import { managedByLabel, manager } from '../../../src/cluster/ownership.ts'
import { waitFor } from '../support/wait.ts'
import { textIn } from './support/apiServer.ts'
import { first, name, second, usePullSecretStage } from './support/keeping.ts'

describe('The pull secret in a namespace', function () {
  this.timeout(120_000)
  const { server, keep, keepFor, kubectl } = usePullSecretStage()

  it('is not there until a Pod needs it', async () => {
    const { copy, ensure } = await keep()
    expect(await copy()).to.be.undefined
    expect(await ensure()).to.equal('written')
    expect(await copy()).not.to.be.undefined
  })

  it('is of the right type, labelled, applied by our field manager, and owned by the webhook configuration', async () => {
    const { ensure, copy, configuration } = await keep()
    await ensure()
    const secret = await copy()
    expect(secret?.['type']).to.equal('kubernetes.io/dockerconfigjson')
    expect(textIn(secret, 'metadata', 'labels', managedByLabel)).to.equal(manager)
    expect(
      arrayAt(objectAt(secret, 'metadata'), 'managedFields').map((entry) => textIn(entry as JsonObject, 'manager')),
    ).to.deep.equal([manager])
    expect(arrayAt(objectAt(secret, 'metadata'), 'ownerReferences')).to.deep.include({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      ...configuration.owner(),
    })
  })

  it('costs one request for the first Pod of a namespace, and none for the next ones', async () => {
    const { ensure, requests, namespace } = await keep()
    await waitFor('the watch', () =>
      requests.some((request) => request.startsWith('GET') && request.includes(namespace)),
    )
    await ensure()
    const before = requests.length
    expect(await ensure()).to.equal('current')
    expect(requests).to.have.lengthOf(before)
    expect(requests.filter((request) => request.startsWith('PATCH'))).to.have.lengthOf(1)
  })

  it('is written once for a crowd of Pods', async () => {
    const { ensure, requests } = await keep()
    const results = await Promise.all(Array.from({ length: 50 }, ensure))
    expect(new Set(results)).to.deep.equal(new Set(['written']))
    expect(requests.filter((request) => request.startsWith('PATCH'))).to.have.lengthOf(1)
  })

  it('is written by two replicas at once without an error', async () => {
    const one = await keep()
    const two = await keep({ namespaces: [one.namespace] }, one.owner)
    expect(await Promise.all([one.ensure(), two.keeper.ensure(one.namespace, 10_000)])).to.deep.equal([
      'written',
      'written',
    ])
    expect(await one.holds(first)).to.be.true
  })

  it('follows the license', async () => {
    const { ensure, use, holds } = await keep()
    await ensure()
    use(second)
    await waitFor('the new license', () => holds(second), { seconds: 5 })
  })

  it('stays while there is no license', async () => {
    const { ensure, use, holds } = await keep()
    await ensure()
    use(undefined)
    expect(await ensure()).to.equal('unavailable')
    expect(await holds(first)).to.be.true
  })

  it('is brought up to date when the webhook starts', async () => {
    const { ensure, namespace, keeper, holds, owner } = await keep()
    await ensure()
    keeper.stop()
    await keep({ namespaces: [namespace], license: () => second }, owner)
    await waitFor('the new license', () => holds(second), { seconds: 5 })
  })

  it('is brought up to date by the leader alone', async () => {
    let leading = false
    const { ensure, keeper, use, holds } = await keep({ leading: () => leading })
    await ensure()
    use(second)
    await kubectl('get', 'namespaces')
    expect(await holds(first)).to.be.true
    leading = true
    keeper.leadershipChanged()
    await waitFor('the new license', () => holds(second), { seconds: 5 })
  })

  it('is not written where a namespace is not covered, excluded, or no name at all', async () => {
    const { keeper, namespace, requests } = await keep()
    const everywhere = await keep({ namespaces: ['*'], excluded: [namespace] })
    const before = requests.length
    expect(keeper.ensure('default')).to.equal('unavailable')
    expect(everywhere.keeper.ensure(namespace)).to.equal('unavailable')
    expect(everywhere.keeper.ensure('../../../apis')).to.equal('unavailable')
    expect(requests).to.have.lengthOf(before)
  })

  it('is no failure where the namespace is being deleted', async () => {
    const { ensure, namespace, faults } = await keep()
    const finalizer = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'hold', namespace, finalizers: ['example.com/hold'] },
    }
    await server.cluster().apply(JSON.stringify(finalizer))
    await ensure()
    await kubectl('delete', 'namespace', namespace, '--wait=false')
    await waitFor('the copy to go', async () => (await ensure()) === 'unavailable')
    await kubectl(
      'patch',
      'configmap',
      'hold',
      `--namespace=${namespace}`,
      '--type=merge',
      '--patch={"metadata":{"finalizers":null}}',
    )
    expect(faults.filter((fault) => !fault.endsWith(': '))).to.be.empty
  })

  it('is told to have failed where the namespace does not exist', async () => {
    const { keeper, faults } = await keep({ namespaces: ['nowhere'] })
    expect(await keeper.ensure('nowhere', 10_000)).to.equal('unavailable')
    expect(faults).to.include('pull secret in nowhere: the API server answers 404: namespaces "nowhere" not found')
  })

  it('is collected with the webhook configuration, and not made again', async () => {
    const { ensure, copy, configuration, owner } = await keep()
    await ensure()
    await kubectl('delete', 'mutatingwebhookconfiguration', owner)
    await waitFor('the collection', async () => (await copy()) === undefined)
    expect(configuration.state()).to.equal('deleted')
    expect(await ensure()).to.equal('unavailable')
  })

  it('is not waited for longer than the caller has time', async () => {
    const namespace = await server.namespace()
    const api = await server.client(2)
    const keeper = keepFor({ api, namespaces: [namespace] })
    expect(await keeper.ensure(namespace, 1)).to.equal('pending')
    await waitFor('the copy', () => server.get('secret', name, `--namespace=${namespace}`))
  })
})
