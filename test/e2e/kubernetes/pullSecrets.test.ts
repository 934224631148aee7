import { expect } from 'chai'
import { arrayAt, objectAt, type JsonObject } from '../../../src/json.ts'
import type { Api } from '../../../src/kubernetes/api.ts'
import { createEventRecorder } from '../../../src/cluster/events.ts'
import { managedByLabel, manager } from '../../../src/cluster/ownership.ts'
import { secretText } from '../../../src/cluster/secrets.ts'
import {
  createPullSecretKeeper,
  type PullSecretKeeper,
  type PullSecretKeeperOptions,
} from '../../../src/cluster/pullSecrets.ts'
import type { WebhookConfiguration } from '../../../src/cluster/webhookConfiguration.ts'
import type { License } from '../../../src/license/content.ts'
import { licenseFor } from '../../support/licenses.ts'
import { waitFor } from '../support/wait.ts'
import { onRequest } from './support/sentRequests.ts'
import { textIn, useApiServer } from './support/apiServer.ts'

const name = 'my-app-registry'
const first = licenseFor('license-1', 'proxy.example.com')
const second = licenseFor('license-2', 'proxy.example.com')

describe('The pull secret in a namespace', function () {
  this.timeout(120_000)
  const server = useApiServer()

  interface Keeping {
    readonly keeper: PullSecretKeeper
    readonly configuration: WebhookConfiguration
    readonly owner: string
    readonly namespace: string
    readonly requests: readonly string[]
    readonly faults: readonly string[]
    use(license: License | undefined): void
    copy(): Promise<JsonObject | undefined>
    holds(license: License): Promise<boolean>
    ensure(): Promise<string>
  }

  /** A keeper of one fresh namespace, started. */
  async function keep(options: Partial<PullSecretKeeperOptions> = {}, owner?: string): Promise<Keeping> {
    const namespace = await server.namespace()
    const requests: string[] = []
    const faults: string[] = []
    const api = await server.client()
    server.cleanUp(
      onRequest((method, path) => {
        if (path.includes(namespace)) requests.push(`${method} ${path}`)
      }),
    )
    const owned = owner ?? (await server.webhookConfiguration())
    const configuration = await server.watchedConfiguration(api, owned)
    let license: License | undefined = first
    const keeper = createPullSecretKeeper({
      api,
      license: () => license,
      name: () => name,
      namespaces: [namespace],
      configuration,
      leading: () => true,
      events: createEventRecorder({ api, identity: 'test' }),
      observer: { fault: (subject, sentence) => faults.push(`${subject}: ${sentence ?? ''}`) },
      ...options,
    })
    keeper.start()
    server.cleanUp(() => {
      keeper.stop()
    })
    const copy = () => server.get('secret', name, `--namespace=${namespace}`)
    return {
      keeper,
      configuration,
      owner: owned,
      namespace,
      requests,
      faults,
      use: (next) => {
        license = next
        keeper.licenseChanged()
      },
      copy,
      holds: async (license) => secretText((await copy()) ?? {}, '.dockerconfigjson') === license.dockerConfigJson,
      ensure: async () => keeper.ensure(namespace, 10_000),
    }
  }

  function kubectl(...args: readonly string[]) {
    return server.cluster().kubectl(args)
  }

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

  const damages: readonly (readonly [string, readonly string[]])[] = [
    ['deleted', ['delete', 'secret', name]],
    [
      'given another content',
      ['patch', 'secret', name, '--type=merge', '--patch={"data":{".dockerconfigjson":"e30="}}'],
    ],
    ['robbed of its label', ['label', 'secret', name, `${managedByLabel}-`]],
    ['given another label', ['label', '--overwrite', 'secret', name, `${managedByLabel}=Helm`]],
    [
      'robbed of its owner',
      ['patch', 'secret', name, '--type=json', '--patch=[{"op":"remove","path":"/metadata/ownerReferences"}]'],
    ],
    [
      'robbed of its field manager',
      [
        'patch',
        'secret',
        name,
        '--type=merge',
        '--patch={"metadata":{"managedFields":[{}]}, "data":{".dockerconfigjson":"e30="}}',
      ],
    ],
  ]
  for (const [damage, command] of damages) {
    it(`is restored when it is ${damage}`, async () => {
      const { ensure, copy, holds, namespace } = await keep()
      await ensure()
      const before = textIn(await copy(), 'metadata', 'resourceVersion')
      await kubectl(...command, `--namespace=${namespace}`)
      const restored = async (): Promise<boolean> => {
        const secret = await copy()
        const owners = arrayAt(objectAt(secret, 'metadata'), 'ownerReferences')
        const labelled = textIn(secret, 'metadata', 'labels', managedByLabel) === manager
        return (
          owners.length === 1 &&
          labelled &&
          textIn(secret, 'metadata', 'resourceVersion') !== before &&
          (await holds(first))
        )
      }
      await waitFor('the restoration', restored, { seconds: 5 })
    })
  }

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
    const keeper = createPullSecretKeeper({
      api: late,
      license: () => first,
      name: () => name,
      namespaces: [namespace],
      leading: () => true,
    })
    keeper.start()
    server.cleanUp(() => {
      keeper.stop()
    })
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
    const keeper = createPullSecretKeeper({
      api,
      license: () => first,
      name: () => name,
      namespaces: [namespace],
      leading: () => true,
    })
    keeper.start()
    server.cleanUp(() => {
      keeper.stop()
    })
    expect(await keeper.ensure(namespace, 1)).to.equal('pending')
    await waitFor('the copy', () => server.get('secret', name, `--namespace=${namespace}`))
  })
})
