import { expect } from 'chai'
import { stored } from '../support/pods.ts'
import { appSlug } from './support/accounts.ts'
import { useInstallation } from './support/installation.ts'
import { inventory, untilAsBefore } from './support/inventory.ts'
import { createNamespaces } from './support/namespaces.ts'
import { deploy, remove, untilAnswered } from './support/release.ts'
import { pod, podsOf, untilRunning } from './support/workloads.ts'

const image = 'quay.io/my-org/leaving:1'

describe('helm uninstall', function () {
  this.timeout(180_000)
  const world = useInstallation()

  it('leaves nothing behind, and Pods running', async () => {
    const { cluster, scene } = world()
    const leaving = { name: 'leaving', namespace: 'leaving-system' }
    await scene.push(image)
    await createNamespaces(world(), [leaving.namespace, 'leaving-app'])
    const before = await inventory(world())

    await deploy(world(), 'install', leaving, { values: { additionalNamespaces: ['leaving-app'] } })
    await untilAnswered(world(), 'leaving-app')
    await cluster.apply(JSON.stringify(pod('staying', { main: image })), '--namespace=leaving-app')
    const running = await untilRunning(world(), 'leaving-app', 'staying')
    expect(stored(running).images).to.deep.equal({ main: `proxy.replicated.com/proxy/${appSlug}/${image}` })
    expect([...(await inventory(world()))]).to.include('Secret leaving-app my-app-registry')

    await remove(world(), leaving)

    await untilAsBefore(world(), new Set([...before, 'Pod leaving-app staying']))
    const [staying] = await podsOf(world(), 'leaving-app', 'staying')
    expect(staying?.status?.containerStatuses?.[0]).to.deep.equal(running.status?.containerStatuses?.[0])
  })
})
