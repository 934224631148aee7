import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { expect } from 'chai'
import { connect } from '../../src/kubernetes/connect.ts'
import { startServer } from '../../testbed/httpsServer.ts'
import { reply } from '../support/apiServer.ts'
import { startAppScene, type AppScene, type TestApp } from '../support/app.ts'

/** Of this machine: a container without IPv6 has the first alone. */
const loopback = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ address }) => ['127.0.0.1', '::1'].includes(address))
  .map(({ address }) => address)
const bracketed = (address: string) => (address.includes(':') ? `[${address}]` : address)

describe('in a cluster of either address family, or both,', () => {
  let scene: AppScene
  let app: TestApp

  before(async () => {
    scene = await startAppScene()
    app = await scene.start()
  })
  after(() => scene.close())

  for (const address of loopback) {
    it(`the webhook answers the kubelet at ${address}`, async () => {
      const answer = await fetch(`http://${bracketed(address)}:${app.metricsPort}/readyz`)
      expect(answer.status).to.equal(200)
    })

    it(`the webhook speaks TLS with an API server that connects to ${address}`, async () => {
      const socket = connectTls({ host: address, port: app.port, ca: scene.ca, servername: 'localhost' })
      await once(socket, 'secureConnect')
      expect(socket.authorized).to.equal(true)
      socket.destroy()
    })

    it(`the webhook reaches an API server whose Service has the address ${address}`, async () => {
      const { authority } = scene.registries
      const certificate = await authority.issue({ names: [address] })
      const secret = { kind: 'Secret' }
      const handler = createServer({ ...certificate }, (_request, response) => {
        reply(response, 200, secret)
      })
      const server = await startServer(handler, { host: address })
      const serviceAccount = await mkdtemp(join(tmpdir(), 'service-account-'))
      await writeFile(join(serviceAccount, 'ca.crt'), authority.certificate)
      await writeFile(join(serviceAccount, 'token'), 'token')
      const environment = { KUBERNETES_SERVICE_HOST: address, KUBERNETES_SERVICE_PORT: String(server.port) }
      const api = await connect({ environment, serviceAccount, requestsPerSecond: 10 })
      try {
        const read = await api?.core.readNamespacedSecret({ name: 'a', namespace: 'b' }, api.with({ retry: false }))
        expect(read).to.deep.equal(secret)
      } finally {
        api?.close()
        await server.close()
        await rm(serviceAccount, { recursive: true })
      }
    })
  }
})
