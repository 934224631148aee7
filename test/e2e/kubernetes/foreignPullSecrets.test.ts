import { expect } from 'chai'
import { arrayAt, type JsonObject } from '../../../src/json.ts'
import type { Api } from '../../../src/kubernetes/api.ts'
import { secretText } from '../../../src/cluster/secrets.ts'
import { waitFor } from '../support/wait.ts'
import { textIn } from './support/apiServer.ts'
import { name, second, usePullSecretStage } from './support/keeping.ts'

describe('The pull secret in a namespace', function () {
  this.timeout(120_000)
  const { server, keep, keepFor, kubectl } = usePullSecretStage()

  async function createForeign(namespace: string): Promise<void> {
    const content = ['--docker-server=x', '--docker-username=u', '--docker-password=p']
    await kubectl('create', 'secret', 'docker-registry', name, `--namespace=${namespace}`, ...content)
  }

  it('is never written over a Secret that is not ours, and an Event says so', async () => {
    const { ensure, copy, namespace } = await keep()
    await createForeign(namespace)
    const before = await copy()
    expect(await ensure()).to.equal('foreign')
    expect(await copy()).to.deep.equal(before)
    const events = await waitFor('the Event', async () => {
      const items = arrayAt(await server.get('events', `--namespace=${namespace}`), 'items')
      return items.length > 0 && items
    })
    expect(events).to.have.lengthOf(1)
    expect(textIn(events[0] as JsonObject, 'message')).to.equal(
      'The Secret my-app-registry was not made by image-proxy-webhook and is left as it is: Pods pull with what it holds.',
    )
  })

  it('is never written over a Secret of another type that is not ours, and each Pod that meets it counts', async () => {
    const results: string[] = []
    const observer = {
      wrote: (_: string, result: string) => results.push(result),
      left: (result: string) => results.push(result),
    }
    const { ensure, copy, namespace } = await keep({ observer })
    await kubectl('create', 'secret', 'generic', name, `--namespace=${namespace}`, '--from-literal=a=b')
    const before = await copy()
    expect([await ensure(), await ensure()]).to.deep.equal(['foreign', 'foreign'])
    expect(await copy()).to.deep.equal(before)
    expect(results).to.deep.equal(['foreign', 'foreign'])
  })

  it('is never written over a Secret that took its place, not even with a new license', async () => {
    const { ensure, copy, namespace, use, keeper } = await keep()
    await ensure()
    keeper.stop()
    await kubectl('delete', 'secret', name, `--namespace=${namespace}`)
    await createForeign(namespace)
    const before = await copy()
    use(second)
    expect(await ensure()).to.equal('foreign')
    expect(await copy()).to.deep.equal(before)
  })

  it('is never written over a Secret that someone makes at the same moment', async () => {
    const namespace = await server.namespace()
    const api = await server.client()
    const theirs = {
      metadata: { name },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': '{}' },
    }
    const core = Object.create(api.core, {
      patchNamespacedSecret: {
        value: async (...call: Parameters<typeof api.core.patchNamespacedSecret>) => {
          await api.core.createNamespacedSecret({ namespace, body: theirs, fieldManager: 'someone' })
          return api.core.patchNamespacedSecret(...call)
        },
      },
    }) as typeof api.core
    const late: Api = { ...api, core }
    const keeper = keepFor({ api: late, namespaces: [namespace] })
    expect(await keeper.ensure(namespace, 10_000)).to.equal('foreign')
    const secret = await server.get('secret', name, `--namespace=${namespace}`)
    expect(secretText(secret ?? {}, '.dockerconfigjson')).to.equal('{}')
  })

  it('is left alone where another release of the webhook owns it', async () => {
    const one = await keep()
    await one.ensure()
    const before = await one.copy()
    const two = await keep({ namespaces: [one.namespace], license: () => second })
    expect(await two.keeper.ensure(one.namespace, 10_000)).to.equal('foreign')
    expect(await one.copy()).to.deep.equal(before)
  })
})
