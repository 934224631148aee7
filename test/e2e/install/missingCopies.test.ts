import { setTimeout as pause } from 'node:timers/promises'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { expect } from 'chai'
import { required } from '../support/cluster.ts'
import { waitFor } from '../support/wait.ts'
import { pullSecret } from './support/accounts.ts'
import { app, otherApp, useInstallation } from './support/installation.ts'
import { createNamespaces } from './support/namespaces.ts'
import { pod } from './support/workloads.ts'

const image = 'quay.io/my-org/copies:1'
const namespaces = [app, otherApp]
const afterwards = 'after-the-absence'
/** Milliseconds without an API server: longer than the Lease of who keeps the copies lasts. */
const absence = 18_000
/** Milliseconds for which copies are deleted from the first answer to Pods on: the Lease is renewed, or taken, meanwhile. */
const insistence = 3000

describe('copies of the pull secret that are deleted while the API server restarts', function () {
  this.timeout(240_000)
  const world = useInstallation()

  before(async () => {
    await world().scene.push(image)
    for (const namespace of namespaces) {
      const held = pod('copied', { main: image }, { schedulingGates: [{ name: 'example.com/never' }] })
      await world().cluster.apply(JSON.stringify(held), `--namespace=${namespace}`)
    }
  })
  after(async () => {
    const { cluster } = world()
    for (const namespace of namespaces) await cluster.kubectl(['delete', 'pod', 'copied', `--namespace=${namespace}`])
    // The tests that follow find controllers that have noticed the API server's return.
    await createNamespaces(world(), [afterwards])
    await cluster.kubectl(['delete', 'namespace', afterwards, '--wait=false'])
  })

  it('come back within half a minute of its first answer to Pods', async () => {
    const config = new KubeConfig()
    config.loadFromFile(required(world().cluster.env, 'KUBECONFIG'))
    const client = config.makeApiClient(CoreV1Api)
    const { spec } = await client.readNamespacedService({ namespace: 'default', name: 'kubernetes' })
    const service = spec?.clusterIP ?? ''
    const there = (namespace: string): Promise<boolean> =>
      client.readNamespacedSecret({ namespace, name: pullSecret }).then(
        () => true,
        () => false,
      )
    let deleted = 0
    let isAway = false
    /**
     * When Pods can ask again. An API server that stops leaves its Service, and is back in it for Pods only when kube-proxy
     * has asked again: after waits that grow up to half a minute, through which nobody in a Pod can do anything.
     */
    let firstAnswer: number | undefined

    async function removeCopy(namespace: string): Promise<void> {
      try {
        await client.deleteNamespacedSecret({ namespace, name: pullSecret })
        deleted++
      } catch {
        // It is not there, or nobody answers.
      }
    }
    async function keepDeleting(): Promise<void> {
      while (firstAnswer === undefined || Date.now() < firstAnswer + insistence) {
        await Promise.all(namespaces.map(removeCopy))
        const answersPods = await world().cluster.script().connects(service, 443)
        if (isAway && answersPods) firstAnswer ??= Date.now()
        if (!answersPods) isAway = true
        await pause(50)
      }
    }

    const deleting = keepDeleting()
    await world().cluster.script().restart('kube-apiserver', absence)
    await deleting
    expect(deleted).to.be.at.least(2)
    for (const namespace of namespaces) await waitFor(`the copy in ${namespace}`, () => there(namespace))
    const milliseconds = Date.now() - (firstAnswer ?? 0)
    console.log(`      ${(milliseconds / 1000).toFixed(1)} s after its first answer to Pods`)
    expect(milliseconds).to.be.below(30_000)
  })
})
