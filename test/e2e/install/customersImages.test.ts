import { expect } from 'chai'
import { stored } from '../support/pods.ts'
import { customer } from './support/accounts.ts'
import { app, useInstallation } from './support/installation.ts'
import { pod, untilRunning } from './support/workloads.ts'

const registry = 'registry.customer.example'
const image = `${registry}/tools/report:3`

describe("the customer's own private image, which the proxy does not serve", function () {
  this.timeout(120_000)
  const world = useInstallation()

  it("is left alone, and runs with the customer's own pull secret", async () => {
    const { cluster, scene } = world()
    await scene.push(image)
    const { username, password } = customer
    const login = [`--docker-server=${registry}`, `--docker-username=${username}`, `--docker-password=${password}`]
    await cluster.kubectl(['create', 'secret', 'docker-registry', 'own-secret', ...login, `--namespace=${app}`])

    const manifest = pod('customers', { main: image }, { imagePullSecrets: [{ name: 'own-secret' }] })
    const { stderr } = await cluster.apply(JSON.stringify(manifest), `--namespace=${app}`)

    expect(stderr).to.include(`Warning: image "${image}" is left alone`)
    expect(stored(await untilRunning(world(), app, 'customers'))).to.deep.equal({
      images: { main: image },
      pullSecrets: ['own-secret'],
      originals: undefined,
    })
  })
})
